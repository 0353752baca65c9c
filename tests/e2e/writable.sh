# Promise: what a program writes into the directory of -w is on the host when the run ends, also when quiz is killed, as far as
# it was synced; as file systems go it works as docs/writable.md says; and nothing but that directory is changed, whatever the
# guest does. What quiz follows there (.quiz, .quiz.toml) stays as it is.
# timeout: 1200

mkdir work outside
echo precious >outside/secret
sums() { (cd "$1" && find . -printf '%p %y %m %u %g %s %l\n' -type f -exec sha256sum {} + | sort); }
sums outside >outside.before

# --- what it is for ---------------------------------------------------------------------------------------------------------

expect_status 0 "$QUIZ" -w work sh -c 'cd work && echo new >file && mkdir -p deep/er && echo two >deep/er/two; echo lost >../lost'
[[ $(cat work/file work/deep/er/two) == $'new\ntwo' ]] || fail "the files did not come back"
[[ ! -e lost ]] || fail "a write outside of DIR came back"
[[ $(stat -c %u work/file) == "$EUID" ]] || fail "the file belongs to $(stat -c %u work/file)"
expect_output new "$QUIZ" -w work:/mnt/there sh -c 'cat /mnt/there/file; echo elsewhere >work/lost; echo by >/mnt/there/by'
[[ $(cat work/by) == by && ! -e work/lost ]] || fail "a place of its own"
mkdir other
expect_status 3 "$QUIZ" -C work -w work --write other sh -c 'pwd >here; echo o >../other/o; exit 3'
[[ $(cat work/here) == "$PWD/work" && $(cat other/o) == o ]] || fail "two directories"
expect_status 0 "$QUIZ" -w work --output results sh -c 'echo w >work/w; echo r >"$QUIZ_OUTPUT/r"'
[[ $(cat work/w results/r) == $'w\nr' ]] || fail "with --output"
# What lies in the directory is there, and is the host's file, not a copy.
inode=$(stat -c %i work/file)
expect_status 0 "$QUIZ" -w work sh -c 'echo more >>work/file'
[[ $(cat work/file) == $'new\nmore' && $(stat -c %i work/file) == "$inode" ]] || fail "a file was not written in its place"
expect_status 122 "$QUIZ" -w work sh -c 'echo kept >work/synced; sync; echo c >/proc/sysrq-trigger; sleep 100'
[[ $(cat work/synced) == kept ]] || fail "lost with a panic after sync"

# --- the table of docs/writable.md ------------------------------------------------------------------------------------------

cat >table.py <<'END'
import errno, fcntl, mmap, os, sys
os.chdir(sys.argv[1])
def step(name, act):
    try:
        good = act()
        print(name, "yes" if good is not False else "no")
    except OSError as error:
        print(name, errno.errorcode[error.errno])
def put(name, data):
    with open(name, "wb") as file: file.write(data)
def get(name):
    with open(name, "rb") as file: return file.read()
def rename_over():
    put("a", b"old"); put("b", b"new"); os.rename("b", "a")
    return get("a") == b"new" and not os.path.exists("b")
def rename_over_open():
    put("c", b"old"); put("d", b"new")
    with open("c", "rb") as old:
        os.rename("d", "c")
        return old.read() == b"old" and get("c") == b"new"
def hard_link():
    put("one", b"1"); os.link("one", "two"); put("two", b"12")
    return get("one") == b"12" and os.stat("one").st_nlink == 2
def symbolic_link():
    os.symlink("one", "link")
    return get("link") == b"12"
def mmap_shared():
    put("map", bytes(8192))
    with open("map", "r+b") as file, mmap.mmap(file.fileno(), 8192) as map:
        map[0:3] = b"abc"; map[8000:8003] = b"xyz"; map.flush()
    return get("map")[:3] + get("map")[8000:8003] == b"abcxyz"
def open_unlink():
    with open("gone", "w+b") as file:
        os.unlink("gone")
        file.write(b"still"); file.flush(); file.seek(0)
        return file.read() == b"still" and os.fstat(file.fileno()).st_size == 5
def tmpfile():
    fd = os.open(".", os.O_TMPFILE | os.O_RDWR)
    os.write(fd, b"x"); os.close(fd)
def synced():
    fd = os.open("synced", os.O_CREAT | os.O_WRONLY); os.write(fd, b"s"); os.fsync(fd); os.fdatasync(fd)
    directory = os.open(".", os.O_RDONLY); os.fsync(directory)
def locks(lock):
    put("lock", b"")
    with open("lock", "r+b") as one:
        lock(one, fcntl.LOCK_EX | fcntl.LOCK_NB)
        pid = os.fork()
        if pid == 0:
            try:
                with open("lock", "r+b") as other: lock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os._exit(1)
            except OSError: os._exit(0)
        return os.waitpid(pid, 0)[1] == 0
def xattr():
    put("x", b""); os.setxattr("x", "user.test", b"value")
    return os.getxattr("x", "user.test") == b"value" and "user.test" in os.listxattr("x")
def acl():
    import struct
    put("acl", b"")
    entry = lambda tag, perm, who=0xffffffff: struct.pack("<HHI", tag, perm, who)
    os.setxattr("acl", "system.posix_acl_access", struct.pack("<I", 2) + entry(1, 6) + entry(2, 4, 1234) + entry(4, 4) + entry(16, 4) + entry(32, 4))
def sparse():
    with open("sparse", "wb") as file: file.truncate(1 << 30); file.seek((1 << 30) - 1); file.write(b"x")
    return os.stat("sparse").st_blocks < 2048
def holes():
    put("hole", b"x" * 65536)
    with open("hole", "r+b") as file:
        import ctypes
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.fallocate(file.fileno(), 3, ctypes.c_long(0), ctypes.c_long(32768)) != 0:
            raise OSError(ctypes.get_errno(), "")
def times():
    put("t", b""); os.utime("t", (1500000000, 1600000000))
    return os.stat("t").st_mtime == 1600000000
def mode():
    put("m", b""); os.chmod("m", 0o640)
    return os.stat("m").st_mode & 0o7777 == 0o640
def set_id():
    put("s", b""); os.chmod("s", 0o4755)
    return os.stat("s").st_mode & 0o4000 != 0
def owner():
    put("o", b""); os.chown("o", 1234, 1234)
    return os.stat("o").st_uid == 1234
def device(): os.mknod("null", 0o20666, os.makedev(1, 3))
def fifo(): os.mkfifo("fifo"); return os.path.exists("fifo")
def odd_names():
    os.mkdir("odd"); os.chdir("odd")
    for name in ["new\nline", "-rf", " ", "a\\b", "\udcff\udcfe", "*", "x" * 255, "ä:,;'\"$(id)`id`"]: put(name, b"odd")
    good = len([n for n in os.listdir(".") if get(n) == b"odd"]) == 8
    os.chdir("..")
    return good
def append():
    for i in range(100):
        with open("log", "ab") as file: file.write(b"line\n")
    return len(get("log")) == 500
def many():
    os.mkdir("many")
    for i in range(2000): os.close(os.open("many/%d" % i, os.O_CREAT | os.O_WRONLY))
    return len(os.listdir("many")) == 2000
def inotify():
    import ctypes
    libc = ctypes.CDLL(None, use_errno=True)
    fd = libc.inotify_init1(0o4000)
    libc.inotify_add_watch(fd, b".", 0x100)
    put("seen", b"")
    return b"seen" in os.read(fd, 4096)
step("rename-over", rename_over)
step("rename-over-open", rename_over_open)
step("hard-link", hard_link)
step("symbolic-link", symbolic_link)
step("mmap-shared", mmap_shared)
step("open-unlink", open_unlink)
step("tmpfile", tmpfile)
step("fsync", synced)
step("flock", lambda: locks(fcntl.flock))
step("record-lock", lambda: locks(fcntl.lockf))
step("xattr-user", xattr)
step("acl", acl)
step("sparse", sparse)
step("punch-hole", holes)
step("times", times)
step("mode", mode)
step("set-id", set_id)
step("owner", owner)
step("device", device)
step("fifo", fifo)
step("odd-names", odd_names)
step("append", append)
step("inotify", inotify)
step("many-files", many)
END
mkdir table
RUN_LIMIT=600 expect_status 0 "$QUIZ" -w table python3 table.py table
diff - out <<'END' || fail "it is not as docs/writable.md says"
rename-over yes
rename-over-open yes
hard-link yes
symbolic-link yes
mmap-shared yes
open-unlink yes
tmpfile ENOTSUP
fsync yes
flock yes
record-lock yes
xattr-user yes
acl ENOTSUP
sparse yes
punch-hole ENOTSUP
times yes
mode yes
set-id EPERM
owner no
device EPERM
fifo ENXIO
odd-names yes
append yes
inotify yes
many-files yes
END
# The same, seen by the host.
[[ $(find table/many -type f | wc -l) == 2000 ]] || fail "there are not 2000 files"
[[ $(cat table/a table/c) == newnew && $(stat -c %h table/one) == 2 && $(readlink table/link) == one ]] || fail "names"
[[ $(head -c 3 table/map; tail -c 192 table/map | head -c 3) == abcxyz ]] || fail "what was mapped"
[[ ! -e table/gone && $(stat -c %a table/m) == 640 && $(stat -c %Y table/t) == 1600000000 ]] || fail "modes and times"
(($(stat -c %b table/sparse) < 2048)) || fail "a sparse file is none"
[[ $(find table/odd -type f | grep -c .) == 9 && -f table/odd/$'new\nline' ]] || fail "odd names"
[[ $(stat -c %u table/o) == "$EUID" ]] || fail "a file was given away"

# --- what is synced stays when quiz is killed ---------------------------------------------------------------------------------

mkdir killed
# shellcheck disable=SC2016  # the guest's
"$QUIZ" -w killed python3 -c '
import os
n = 0
while True:
    n += 1
    with open("killed/%d" % n, "w") as file:
        file.write("content %d\n" % n * 1000); file.flush(); os.fsync(file.fileno())
    print(n, flush=True)' >killed.out 2>killed.err &
quiz=$!
wait_until 100 test -e killed/50
kill -9 "$quiz"
wait "$quiz" || true
wait_until 10 no_qemu
last=$(tail -n 1 killed.out)
((last >= 30)) || fail "only $last were synced"
for ((n = 1; n < last; n++)); do
  [[ $(wc -l <"killed/$n") == 1000 && $(tail -n 1 "killed/$n") == "content $n" ]] || fail "$n of $last was lost"
done

# --- a hostile guest --------------------------------------------------------------------------------------------------------

mkdir hostile
echo mine >hostile/mine
# shellcheck disable=SC2016
expect_status 0 "$QUIZ" -w hostile sh -c 'cd hostile
ln -s ../outside out; echo evil >out/secret; rm -f out/secret; echo evil >out/new
ln -s ../outside/secret leaf; echo evil >leaf; chmod 777 leaf; touch leaf; truncate -s 0 leaf; setfattr -n user.x -v y leaf
echo evil >../outside/secret; cp mine ../outside/mine; cp /bin/true ../outside/su
mkdir -p a/b; mv a/b ../outside/b; ln mine ../outside/hard; ln ../outside/secret hard
ln -s /etc/passwd absolute; ln -s ../../../../../../etc/passwd above
mknod disk b 7 0; mknod null c 1 3; mknod fifo p
cp /bin/true su; chmod 4755 su; chmod 2755 su; mkdir sg; chmod 2777 sg; chown 1234:5678 mine su
: >"$(printf "evil\n\033[31mname")"; : >"..evil"; : >"a b"
umount "$PWD"; mkdir -p /m; mount -t 9p -o trans=virtio,version=9p2000.L host /m && { echo evil >/m$PWD/../outside/secret; echo evil >/m$PWD/direct; }
mkdir -p /n; mount -t 9p -o trans=virtio,version=9p2000.L output /n && echo evil >/n/../escaped
exit 0'
sums outside | diff outside.before - || fail "what lies outside was changed"
[[ ! -e escaped && ! -e hostile/direct ]] || fail "a file outside was made"
[[ -z $(find hostile -perm /7000) && -z $(find hostile ! -user "$EUID") ]] || fail "rights: $(ls -lR hostile)"
[[ -z $(find hostile ! -type f ! -type d ! -type l) ]] || fail "neither file nor directory"
for name in out leaf absolute above; do [[ ! -L hostile/$name ]] || fail "a link leads out: $name"; done
[[ $(cat hostile/mine) == mine ]] || fail "a file of the user's is gone"
expect_error 'removed symbolic links that lead out of .*/hostile'
! grep -q "$(printf '\033')" err || fail "an escape sequence came through"
run "$QUIZ" -w hostile sh -c 'truncate -s 15T hostile/huge; exit 0'
[[ $status == 123 || $(stat -c %s hostile/huge) -le $((4 << 30)) ]] || fail "15 TB in a file, and status $status"
expect_status 123 "$QUIZ" -w hostile -w other --output-limit 4M sh -c 'while :; do head -c 500000 /dev/zero >"other/$((i += 1))"; done'
expect_error 'what the machine put into .*/other is more than 4 MiB'

# What quiz follows: neither changed, nor replaced, nor removed.
mkdir -p project/.quiz/profiles/x project/src
echo 'memory = 1024' >project/.quiz.toml
echo 'description = "x"' >project/.quiz/profiles/x/profile.toml
sums project/.quiz >followed.before
cp project/.quiz.toml toml.before
expect_status 0 "$QUIZ" -C project -w project sh -c 'echo evil >>.quiz.toml; rm -f .quiz.toml; mv .quiz.toml z; mv .quiz y
echo evil >new; mv -f new .quiz.toml; echo evil >new; ln -f new .quiz.toml; ln -sf new .quiz.toml; ln .quiz.toml hard; mkdir new.d; mv -T new.d .quiz
echo evil >.quiz/new; echo evil >.quiz/profiles/x/profile.toml; rm -rf .quiz; mv .quiz/profiles/x .; chmod 777 .quiz .quiz.toml .quiz/profiles
python3 -c "
import ctypes, os
libc = ctypes.CDLL(None)
for name in (b\".quiz\", b\".quiz.toml\"): libc.renameat2(-100, b\"new.d\", -100, name, 2); libc.renameat2(-100, name, -100, b\"new.d\", 2)
os.truncate(\".quiz.toml\", 0)"
mv src moved; echo good >moved/file; rm -f nothing; mkdir gone; rmdir gone; exit 0'
sums project/.quiz | diff followed.before - || fail "what quiz follows was changed"
cmp project/.quiz.toml toml.before || fail "the project's settings were changed"
[[ $(cat project/moved/file) == good && ! -e project/src && ! -e project/gone ]] || fail "the rest of a project cannot be written"
expect_refusal 'nothing on this host keeps the guest from writing .*\.quiz' "$QUIZ" --confinement landlock,filter,limits -w project true

# --- a build ----------------------------------------------------------------------------------------------------------------

mkdir -p build
cat >build/Makefile <<'END'
CFLAGS = -O2
OBJECTS = main.o one.o two.o
program: $(OBJECTS) libthree.a
	$(CC) -o $@ $(OBJECTS) libthree.a
libthree.a: three.o
	rm -f $@; $(AR) rcsD $@ three.o
	ln -sf libthree.a libcurrent.a
clean: ; rm -f *.o *.a program
END
echo 'int one(void); int two(void); int three(void); int main(void) { return one() + two() + three() - 6; }' >build/main.c
for name in one two three; do echo "int $name(void) { return sizeof \"$name\" / sizeof *\"$name\" - 1 - (sizeof \"$name\" > 4 ? 2 : 2) + 1; }" >build/$name.c; done
cp -r build build.host
make -C build.host >/dev/null
(cd build && expect_status 0 "$QUIZ" -w . make -j2 && rm -f out err)
(cd build && sha256sum -- *) >build.sums
(cd build.host && sha256sum -- *) | diff - build.sums || fail "the build is not the host's"
[[ -x build/program && $(readlink build/libcurrent.a) == libthree.a ]] || fail "no program was built"
make -C build -q || fail "make on the host would build again"

# --- what is refused --------------------------------------------------------------------------------------------------------

touch file
expect_refusal 'no such directory' "$QUIZ" -w nonesuch true
expect_refusal 'begins with a slash' "$QUIZ" -w work:relative true
expect_refusal 'it is no directory' "$QUIZ" -w file true
for place in / /proc /sys /run /dev /dev/pts /etc /usr/bin /tmp ~; do expect_refusal "-w $place: " "$QUIZ" -w "$place" true; done
for place in / /proc /sys/x /dev /run/quiz; do expect_refusal 'machine' "$QUIZ" -w "work:$place" true; done
expect_refusal 'cover the directory in which the program runs' "$QUIZ" -w "work:$PWD" true
expect_refusal 'in one another' "$QUIZ" -w work -w work/deep true
expect_refusal 'in one another' "$QUIZ" -w work:/mnt -w other:/mnt/other true
expect_refusal "quiz's own files" "$QUIZ" -w "$XDG_CONFIG_HOME" true
expect_refusal 'which quiz follows' "$QUIZ" -w project/.quiz true
(cd project/moved && expect_refusal 'which quiz follows' "$QUIZ" -w ../.. true)
ln -s .quiz.toml linked && mkdir linking && ln -s /etc/passwd linking/.quiz.toml
expect_refusal 'a symbolic link' "$QUIZ" -w linking true
mkdir -p ~/.quiz-e2e-hidden && expect_refusal 'settings and secrets' "$QUIZ" -w ~/.quiz-e2e-hidden true
rmdir ~/.quiz-e2e-hidden
# A project's wish takes consent.
echo 'write = ["moved"]' >project/.quiz.toml
(
  cd project
  expect_refusal 'write = .*the project.s own files, to be written' "$QUIZ" true
  "$QUIZ" trust >/dev/null
  expect_status 0 "$QUIZ" sh -c 'echo trusted >moved/file'
  [[ $(cat moved/file) == trusted ]] || fail "a trusted project cannot write"
)
no_leftovers
