# C++20 as g++ 12 knows it, with the library's own checks on in every build.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()
# A broken invariant is an assert, on in every build.
# -O2: at -O3 g++ 12 gives false warnings inside fmt, and nothing here is bound by computation.
set(CMAKE_CXX_FLAGS_RELEASE "-O2")
string(REPLACE "-DNDEBUG" "" CMAKE_CXX_FLAGS_RELWITHDEBINFO "${CMAKE_CXX_FLAGS_RELWITHDEBINFO}")
add_compile_definitions(_GLIBCXX_ASSERTIONS _FILE_OFFSET_BITS=64 _GNU_SOURCE)
