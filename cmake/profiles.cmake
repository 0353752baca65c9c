# quiz_embed_profiles(OUTPUT): writes a source file with profiles/** as data; made anew when one changes.
function(quiz_embed_profiles output)
  set(root ${PROJECT_SOURCE_DIR}/profiles)
  file(GLOB_RECURSE files CONFIGURE_DEPENDS RELATIVE ${root} ${root}/*)
  list(SORT files)
  set(entries "")
  foreach(file ${files})
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${root}/${file})
    # As hexadecimal digits: lists and quotes in a text mean nothing to CMake then.
    file(READ ${root}/${file} bytes HEX)
    string(REGEX REPLACE "(..)" "\\\\x\\1" text "${bytes}")
    string(LENGTH "${bytes}" length)
    math(EXPR length "${length} / 2")
    set(executable false)
    if("${bytes}" MATCHES "^2321")  # "#!"
      set(executable true)
    endif()
    # A string literal has its limits: lines of 64 bytes.
    string(REGEX REPLACE "(................................................................................................................................................................................................................................................................)" "\\1\"\n       \"" text "${text}")
    string(APPEND entries "      {\"${file}\", ${executable}, {\"${text}\", ${length}}},\n")
  endforeach()
  file(CONFIGURE OUTPUT ${output} @ONLY CONTENT [[
#include "profile/catalog.h"

namespace quiz::profile {

const std::vector<ShippedFile>& shipped_files() {
  static const std::vector<ShippedFile> files = {
@entries@  };
  return files;
}

}  // namespace quiz::profile
]])
endfunction()
