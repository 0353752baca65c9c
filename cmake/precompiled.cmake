# QUIZ_PRECOMPILE: the headers that half of the files include are read once for all, which is a third of what compiling takes.
# They are the standard library's and fmt's only. A file still includes what it uses: the preset dev has this off, so that
# `./dev lint` finds what is missing.
option(QUIZ_PRECOMPILE "Precompile the headers that most files include" ON)
set(precompiled_headers <algorithm> <array> <chrono> <cstdint> <filesystem> <functional> <map> <memory> <optional> <set>
  <string> <string_view> <utility> <vector> <fmt/format.h>)

# quiz_precompiled(NAME HEADERS… USES…): a target that holds those headers, for quiz_precompile.
function(quiz_precompiled name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "HEADERS;USES")
  if(NOT QUIZ_PRECOMPILE)
    return()
  endif()
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/${name}.cc CONTENT "// The precompiled headers need a target.\n")
  add_library(${name} OBJECT ${CMAKE_BINARY_DIR}/${name}.cc)
  target_link_libraries(${name} PRIVATE quiz_warnings quiz_sanitizers ${arg_USES})
  target_precompile_headers(${name} PRIVATE ${arg_HEADERS})
endfunction()

# quiz_precompile(TARGET NAME): TARGET, compiled as everything on the host is, takes the headers of NAME.
function(quiz_precompile target name)
  if(QUIZ_PRECOMPILE)
    target_precompile_headers(${target} REUSE_FROM ${name})
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
      target_compile_options(${target} PRIVATE -Wno-array-bounds -Wno-stringop-overflow
        -Wno-stringop-overread)  # g++ 12 then suspects what std::string does
    endif()
  endif()
endfunction()

quiz_precompiled(quiz_precompiled_headers HEADERS ${precompiled_headers} USES fmt::fmt)
