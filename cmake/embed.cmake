# quiz_embed_files(OUTPUT DIRECTORY EXTENSION HEADER NAMESPACE TYPE FUNCTION): writes a source file with the text of
# DIRECTORY/**/*.EXTENSION as data: FUNCTION of NAMESPACE, which HEADER declares, returns a vector of TYPE {name, text},
# sorted by name (the path below DIRECTORY without the extension). An empty EXTENSION takes all files, under their whole
# names. Made anew when one of the files changes.
function(quiz_embed_files output directory extension header namespace type function)
  set(root ${PROJECT_SOURCE_DIR}/${directory})
  set(ending "")
  if(extension)
    set(ending ".${extension}")
  endif()
  file(GLOB_RECURSE files CONFIGURE_DEPENDS RELATIVE ${root} ${root}/*${ending})
  list(SORT files)
  set(entries "")
  foreach(file ${files})
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${root}/${file})
    file(READ ${root}/${file} text)
    set(name ${file})
    if(extension)
      string(REGEX REPLACE "\\.${extension}$" "" name ${file})
    endif()
    string(APPEND entries "      {\"${name}\", R\"QUIZ_TEXT(${text})QUIZ_TEXT\"},\n")
  endforeach()
  file(CONFIGURE OUTPUT ${output} @ONLY CONTENT [[
#include "@header@"

namespace @namespace@ {

const std::vector<@type@>& @function@() {
  static const std::vector<@type@> files = {
@entries@  };
  return files;
}

}  // namespace @namespace@
]])
endfunction()
