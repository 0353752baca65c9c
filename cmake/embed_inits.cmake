# quiz_embed_inits(TARGET): the inits of quiz_guest_init as data in TARGET. init_binaries.S has the bytes, and for
# src/run/init_binary.cc init_binaries.inc has a row EMBEDDED_INIT(ARCHITECTURE, CHECKSUM) each.
function(quiz_embed_inits target)
  get_property(inits GLOBAL PROPERTY QUIZ_GUEST_INITS)
  set(directory ${CMAKE_CURRENT_BINARY_DIR})
  set(assembly "/* The guests' inits as data. */\n  .section .rodata\n")
  set(rows "")
  set(includes "")
  set(checksums "")
  foreach(init ${inits})
    string(REPLACE "|" ";" init "${init}")
    list(GET init 0 architecture)
    list(GET init 1 file)
    string(APPEND assembly "  .balign 16\n  .global quiz_init_${architecture}_begin\n  .global quiz_init_${architecture}_end\n"
      "quiz_init_${architecture}_begin:\n  .incbin \"${file}\"\nquiz_init_${architecture}_end:\n")
    set(checksum ${directory}/init_checksum_${architecture}.h)
    add_custom_command(OUTPUT ${checksum}
      COMMAND ${CMAKE_COMMAND} -DINPUT=${file} -DOUTPUT=${checksum} -DNAME=QUIZ_INIT_SHA256_${architecture}
        -P ${PROJECT_SOURCE_DIR}/cmake/checksum.cmake
      DEPENDS ${file})
    string(APPEND includes "#include \"init_checksum_${architecture}.h\"\n")
    string(APPEND rows "EMBEDDED_INIT(${architecture}, QUIZ_INIT_SHA256_${architecture})\n")
    list(APPEND checksums ${checksum})
  endforeach()
  string(APPEND assembly "  .section .note.GNU-stack,\"\",@progbits\n")
  file(GENERATE OUTPUT ${directory}/init_binaries.S CONTENT "${assembly}")
  file(GENERATE OUTPUT ${directory}/init_checksums.h CONTENT "${includes}")
  file(GENERATE OUTPUT ${directory}/init_binaries.inc CONTENT "${rows}")
  set_source_files_properties(${directory}/init_binaries.S PROPERTIES GENERATED TRUE OBJECT_DEPENDS "${checksums}")
  target_sources(${target} PRIVATE ${directory}/init_binaries.S ${checksums})
  target_include_directories(${target} PRIVATE ${directory})
  set_source_files_properties(init_binary.cc PROPERTIES OBJECT_DEPENDS "${checksums}")
endfunction()
