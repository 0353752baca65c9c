# cmake --install (./dev install): the program, its man page, the completions that it prints itself, the licence.
include(GNUInstallDirs)

if(TARGET quiz)
  install(TARGETS quiz RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  set(completions ${PROJECT_BINARY_DIR}/completions)
  install(CODE "
    file(MAKE_DIRECTORY \"${completions}\")
    foreach(shell bash zsh)
      execute_process(COMMAND \"$<TARGET_FILE:quiz>\" completion \${shell}
        OUTPUT_FILE \"${completions}/\${shell}\" COMMAND_ERROR_IS_FATAL ANY)
    endforeach()")
  install(FILES ${completions}/bash RENAME quiz
    DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
  install(FILES ${completions}/zsh RENAME _quiz
    DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
endif()
install(FILES ${PROJECT_SOURCE_DIR}/docs/quiz.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
