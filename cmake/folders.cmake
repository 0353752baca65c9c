# quiz_folder(NAME SOURCES … USES …): one static library quiz_NAME per folder of src/.
# USES names other folders or library targets; tests/layers holds them to what the folder includes.
function(quiz_folder name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;USES")
  add_library(quiz_${name} STATIC ${arg_SOURCES})
  target_include_directories(quiz_${name} PUBLIC ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(quiz_${name} PRIVATE quiz_warnings PUBLIC quiz_sanitizers ${arg_USES})
  quiz_precompile(quiz_${name} quiz_precompiled_headers)
endfunction()
