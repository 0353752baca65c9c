# Promise: make in a machine that an outer make starts works as many jobs as that was told, and complains of nothing.
printf 'all: a b\na b:\n\t@echo made\n' >inner
printf 'all:\n\t+@"$(QUIZ)" make -f inner\n' >Makefile
expect_status 0 make -j2 --no-print-directory QUIZ="$QUIZ"
[[ $(grep -c made out) == 2 ]] || fail "make in the machine did not: $(cat out)"
[[ ! -s err ]] || fail "make complains: $(cat err)"
# make without -j, and variables on its command line.
printf 'all:\n\t+@"$(QUIZ)" printenv MAKEFLAGS\n' >Makefile
expect_status 0 make -k --no-print-directory QUIZ="$QUIZ" 'WORDS=a b'
grep -q '^k.* -- .*WORDS=a' out || fail "flags of make were lost: $(cat out)"
no_leftovers
