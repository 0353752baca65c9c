# QUIZ_SANITIZE: ASan and UBSan for everything that runs on the host (the guest's init stays plain).
option(QUIZ_SANITIZE "Build the host programs with AddressSanitizer and UBSan" OFF)
option(QUIZ_FUZZ "Build the libFuzzer targets (clang only)" OFF)
add_library(quiz_sanitizers INTERFACE)
if(QUIZ_SANITIZE OR QUIZ_FUZZ)
  # Without vptr: its check opens a pipe, which cannot be where a test has used up the descriptors.
  set(flags -fsanitize=address,undefined -fno-sanitize=vptr -fno-sanitize-recover=all -fno-omit-frame-pointer)
  if(QUIZ_FUZZ)
    list(APPEND flags -fsanitize=fuzzer-no-link)
  endif()
  target_compile_options(quiz_sanitizers INTERFACE ${flags})
  target_link_options(quiz_sanitizers INTERFACE ${flags})
endif()
