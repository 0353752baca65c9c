# One interface target carries the warnings; warnings are errors.
add_library(quiz_warnings INTERFACE)
target_compile_options(quiz_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast
  -Wnon-virtual-dtor -Woverloaded-virtual -Werror)
