# The toolchain of the presets that build quiz for another architecture, QUIZ_CROSS: Debian's cross compiler, with headers and
# libraries that `./dev test on s390x` unpacks into build/ARCH-system. That is also the / of the machines in which quiz, as CMake's
# emulator, runs what was built.
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES QUIZ_CROSS)
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR ${QUIZ_CROSS})
set(CMAKE_C_COMPILER ${QUIZ_CROSS}-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER ${QUIZ_CROSS}-linux-gnu-g++)
set(CMAKE_ASM_COMPILER ${CMAKE_C_COMPILER})
get_filename_component(tree ${CMAKE_CURRENT_LIST_DIR} DIRECTORY)
set(CMAKE_SYSROOT ${tree}/build/${QUIZ_CROSS}-system)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(CMAKE_CROSSCOMPILING_EMULATOR ${tree}/build/quiz -a ${QUIZ_CROSS} -r ${CMAKE_SYSROOT} -m 1G -w ${tree}:cow)
