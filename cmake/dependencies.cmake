# Everything comes from Debian's packages; ./dev installs them.
find_package(nlohmann_json REQUIRED)

# What a run pays for each shared library that it is linked with is a part of its start (docs/performance.md), and libarchive
# brings ICU. So all are linked statically but for the C library, which looks up names of users by modules of its own; toml++ is
# headers. Not where it is sanitized: the checks shall reach into them. (g++ only: see fmt.)
option(QUIZ_STATIC "Link libraries statically, but for the C library" ON)
if(QUIZ_SANITIZE OR QUIZ_FUZZ OR NOT CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  set(QUIZ_STATIC OFF)
endif()
if(QUIZ_STATIC)
  add_link_options(-static-libstdc++ -static-libgcc -Wl,--gc-sections)
  set(OPENSSL_USE_STATIC_LIBS ON)
endif()

# Debian has libfmt in no static form, but its headers have all of it: compiled once, every function of theirs.
if(QUIZ_STATIC)
  find_path(fmt_include NAMES fmt/format-inl.h REQUIRED)
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/fmt.cc CONTENT "#define FMT_HEADER_ONLY 1\n#include <fmt/format.h>\n")
  add_library(quiz_fmt STATIC ${CMAKE_BINARY_DIR}/fmt.cc)
  target_compile_options(quiz_fmt PRIVATE -fkeep-inline-functions -ffunction-sections -fdata-sections)
  add_library(fmt::fmt ALIAS quiz_fmt)
else()
  find_package(fmt REQUIRED)
endif()

find_package(OpenSSL REQUIRED)

# What libarchive reads packages and kernels with. Of its other parts (xar's libxml2 with ICU, digests) nothing is called, and
# so nothing linked.
if(QUIZ_STATIC)
  add_library(LibArchive::LibArchive INTERFACE IMPORTED GLOBAL)
  foreach(library archive lzma zstd lz4 bz2 z)
    find_library(static_${library} NAMES lib${library}.a REQUIRED)
    target_link_libraries(LibArchive::LibArchive INTERFACE ${static_${library}})
  endforeach()
else()
  find_package(LibArchive REQUIRED)
endif()

find_path(tomlplusplus_include NAMES toml++/toml.h REQUIRED)
add_library(tomlplusplus::tomlplusplus INTERFACE IMPORTED GLOBAL)
target_compile_definitions(tomlplusplus::tomlplusplus INTERFACE TOML_HEADER_ONLY=1)
