# quiz_embed_fragments(OUTPUT): writes a source file with kernel/**/*.config as data; made anew when one changes.
function(quiz_embed_fragments output)
  set(root ${PROJECT_SOURCE_DIR}/kernel)
  file(GLOB_RECURSE files CONFIGURE_DEPENDS RELATIVE ${root} ${root}/*.config)
  list(SORT files)
  set(entries "")
  foreach(file ${files})
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${root}/${file})
    file(READ ${root}/${file} text)
    string(REGEX REPLACE "\\.config$" "" name ${file})
    string(APPEND entries "      {\"${name}\", R\"FRAGMENT(${text})FRAGMENT\"},\n")
  endforeach()
  file(CONFIGURE OUTPUT ${output} @ONLY CONTENT [[
#include "kernel/shipped_fragments.h"

namespace quiz::kernel {

const std::vector<ShippedFragment>& shipped_fragments() {
  static const std::vector<ShippedFragment> fragments = {
@entries@  };
  return fragments;
}

}  // namespace quiz::kernel
]])
endfunction()
