# quiz_guest_init(ARCHITECTURE TRIPLET SOURCES…): the guest's init for one architecture, static and small. For the host's own it
# is the target quiz_init; for another one it is compiled by Debian's cross compiler TRIPLET-g++ where that is installed, and left
# out where it is not: quiz then says what to install. What there is, is listed in the global property QUIZ_GUEST_INITS, a row
# "ARCHITECTURE|FILE" each, which src/run embeds.
set(guest_init_compile_flags -Os -fno-exceptions -fno-rtti -fno-pic -ffunction-sections -fdata-sections)
set(guest_init_link_flags -static -no-pie -Wl,--gc-sections -s)

function(quiz_guest_init architecture triplet)
  if(architecture STREQUAL CMAKE_SYSTEM_PROCESSOR)
    add_executable(quiz_init ${ARGN})
    target_include_directories(quiz_init PRIVATE ${PROJECT_SOURCE_DIR}/src ${CMAKE_CURRENT_SOURCE_DIR})
    target_link_libraries(quiz_init PRIVATE quiz_warnings)
    target_compile_options(quiz_init PRIVATE ${guest_init_compile_flags})
    target_link_options(quiz_init PRIVATE ${guest_init_link_flags})
    set_property(GLOBAL APPEND PROPERTY QUIZ_GUEST_INITS "${architecture}|$<TARGET_FILE:quiz_init>")
    return()
  endif()
  find_program(QUIZ_CXX_${architecture} NAMES ${triplet}-g++ ${triplet}-g++-12 ${triplet}-g++-14)
  if(NOT QUIZ_CXX_${architecture})
    message(STATUS "No ${triplet}-g++: quiz will have no machines of ${architecture}")
    return()
  endif()
  quiz_cross_compile_init(${architecture} ${triplet} ${QUIZ_CXX_${architecture}} ${ARGN})
endfunction()

# The same flags as the host's compiler gets, by hand: a build of CMake's has one compiler for each language.
function(quiz_cross_compile_init architecture triplet compiler)
  get_target_property(warnings quiz_warnings INTERFACE_COMPILE_OPTIONS)
  set(directory ${CMAKE_CURRENT_BINARY_DIR}/${architecture})
  file(MAKE_DIRECTORY ${directory})
  set(objects "")
  foreach(source ${ARGN})
    get_filename_component(source ${source} ABSOLUTE)
    get_filename_component(name ${source} NAME_WE)
    set(object ${directory}/${name}.o)
    add_custom_command(OUTPUT ${object}
      COMMAND ${CMAKE_CXX_COMPILER_LAUNCHER} ${compiler} -std=c++20 -O2 ${guest_init_compile_flags} ${warnings}
        -D_GLIBCXX_ASSERTIONS -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64 -D_GNU_SOURCE
        -I${PROJECT_SOURCE_DIR}/src -I${CMAKE_CURRENT_SOURCE_DIR} -MD -MF ${object}.d -o ${object} -c ${source}
      DEPENDS ${source} ${compiler} DEPFILE ${object}.d VERBATIM
      COMMENT "Compiling ${name}.cc of init for ${architecture}")
    list(APPEND objects ${object})
  endforeach()
  set(init ${directory}/quiz_init)
  add_custom_command(OUTPUT ${init}
    COMMAND ${compiler} ${guest_init_link_flags} -o ${init} ${objects}
    DEPENDS ${objects} VERBATIM COMMENT "Linking init for ${architecture}")
  add_custom_target(quiz_init_${architecture} DEPENDS ${init})
  set_property(GLOBAL APPEND PROPERTY QUIZ_GUEST_INITS "${architecture}|${init}")
endfunction()
