#include "cli/commands.h"

#include <algorithm>
#include <array>

namespace quiz::cli {

namespace {

constexpr std::array<std::string_view, 9> kKernelWords{"list", "fetch", "build",  "config", "add",
                                                       "show", "path",  "remove", "prune"};
constexpr std::array<std::string_view, 12> kBootWords{
    "--loader", "--cmdline", "--initrd", "--module",    "--env", "--machine",
    "--memory", "--cpus",    "--plan",   "--plan=json", "--qmp", "-o"};
constexpr std::array<std::string_view, 5> kRootWords{"build", "list", "show", "path", "remove"};
constexpr std::array<std::string_view, 2> kProfileWords{"list", "show"};
constexpr std::array<std::string_view, 2> kDiskWords{"list", "remove"};
constexpr std::array<std::string_view, 15> kVmWords{"list", "start", "exec",   "attach", "log",
                                                    "gdb",  "sysrq", "nmi",    "stats",  "net",
                                                    "top",  "pause", "resume", "stop",   "wait"};
constexpr std::array<std::string_view, 2> kVmWithOptions{"start", "exec"};
constexpr std::array<std::string_view, 3> kTrustWords{"--list", "--show", "--remove"};
constexpr std::array<std::string_view, 1> kDoctorWords{"--measure"};
constexpr std::array<std::string_view, 1> kCleanWords{"--warm"};
constexpr std::array<std::string_view, 7> kOpenzfsWords{
    "configure", "make", "install", "test", "ztest", "raidz_test", "crash"};
constexpr std::array<std::string_view, 1> kConfigWords{"--explain"};
constexpr std::array<std::string_view, 2> kShells{"bash", "zsh"};
constexpr Command kCommands[] = {
    {"kernel", "list | fetch | build | config | add | show | path | remove | prune",
     "the kernels of the store", kKernelWords,
     R"(quiz kernel list [--json]          the kernels of the store; * marks the default one
quiz kernel fetch [WHICH]          take Debian's prebuilt kernel: debian (the newest that apt
                                   knows; the default), debian:SUITE or debian:VERSION
quiz kernel build WHAT...          build from sources: 6.12 (kernel.org), debian:6.12, a directory,
                                   a git tree, a tarball; -e, -d, -m OPTION, --set OPTION=VALUE,
                                   --feature NAME; -a ARCH for another architecture
quiz kernel config DIR             write such a configuration into a source tree of yours
quiz kernel add PATH               put an image or a Debian package of a kernel into the store
quiz kernel show KERNEL            all about a kernel, and how it was built
quiz kernel path KERNEL [PART]     where its image, modules, config, kbuild tree or symbols are
quiz kernel remove NAME...         remove kernels from the store
quiz kernel prune                  remove all builds but the newest of each series and variant

-k NAME chooses one of them for a run (6.12: the newest 6.12.x; 6.12+kasan: of that variant);
-k PATH boots an image as it is, -k DIR the tree that was built there.
`quiz kernel COMMAND --help` tells more.
)",
     command_kernel, true},
    {"root", "build | list | show | path | remove", "the roots of the store", kRootWords,
     R"(quiz root build [debian[:SUITE]]   make a root of Debian's packages with the tools to look at
                                   kernels, block devices and file systems: --package P adds one,
                                   --set S takes only that set, --name N names it, --format erofs or
                                   ext4, -a ARCH for another architecture
quiz root list [--json]            the roots of the store
quiz root show ROOT                all about a root
quiz root path ROOT [PART]         where its image is, or the lists of its packages and contents
quiz root remove NAME...           remove roots from the store

-r chooses the root of a run: host (this machine's own /, the default), debian or another name of
the store, a directory, or an image of a file system. With a root other than the host's the current
directory is there at its own path, read-only.
`quiz root COMMAND --help` tells more.
)",
     command_root, true},
    {"layers",
     "[PATH...]",
     "what a run's / is made of, and where a path comes from",
     {},
     R"(quiz [OPTIONS] layers              the layers of a run's /, topmost first
quiz [OPTIONS] layers PATH...      which of them has PATH, and what that hides; status 1 if none

From the top:
  changes    memory that takes what is written, and vanishes
  bundle     files that quiz makes for the run
  user       .quiz/user of the project, then ~/.config/quiz/user: whatever you like to have in every
             machine
  modules    the kernel's modules
  system     .quiz/system of the project: what was installed for the guest
  base       the root: the host's own / or another one
The project is the nearest directory upwards with a .quiz.toml or a .quiz. Its layers are used only
if they belong to you or root and nobody else can write to them.
)",
     command_layers},
    {"profile", "list | show NAME", "what -p adds to a run: devices, files, hooks", kProfileWords,
     R"(quiz profile list                  the profiles: the project's, yours, and those shipped
quiz profile show NAME             what it does, its options and their defaults

-p NAME[:OPTION=VALUE]... chooses some for a run; commas separate them:
  quiz -p memdev,blockdev:count=4:size=2G lsblk
  quiz -p dm:error=2048+8 dd if=/dev/quizd0 of=/dev/null
A backslash before a comma or colon in a value takes it as it is. docs/profiles.md tells how to
write one of your own: a folder with a profile.toml below .quiz/profiles or
~/.local/share/quiz/profiles.
)",
     command_profile, true},
    {"disk", "list | remove NAME...", "the disks that -p blockdev:persist=NAME keeps", kDiskWords,
     R"(quiz disk list                     the kept disks and how much space they take
quiz disk remove NAME...           remove kept disks

-p blockdev:persist=NAME makes or takes up disks that outlive the run.
)",
     command_disk, true},
    {"vm",
     "list | start | exec | attach | log | gdb | sysrq | nmi | stats | net | top | pause | resume "
     "| "
     "stop "
     "| wait",
     "machines that run: enter them, end them", kVmWords,
     R"(quiz vm list [--json]              the machines that run: yours, of this host
quiz vm start [OPTIONS]            start a machine without a program, with the options of a run, and
                                   print its name; it stays in the background
quiz vm exec [OPTIONS] NAME [--] [PROGRAM...]
                                   run PROGRAM, or a shell, in the machine NAME: streams, terminal,
                                   signals, environment, directory and status as in a run, with
                                   --user, -C, -e, --pass-env, -t, -T, --stdin and --timeout
quiz vm attach NAME [--view]       the terminal of the machine's own program, here too: several may
                                   look on and type (--view: not), Ctrl-] d detaches
quiz vm log NAME [-f]              what its kernel has in its log; -f: and says from now on
quiz vm gdb NAME [GDB-OPTIONS...]  gdb at its kernel, at any time; it stands meanwhile; with symbols
                                   of the kernels of `quiz kernel build`, and of modules
quiz vm sysrq NAME KEY             press a SysRq key: w blocked tasks, t all, l what the CPUs do
quiz vm nmi NAME                   send its CPUs a nonmaskable interrupt
quiz vm stats NAME [--json]        what it has used of CPUs, memory and disks
quiz vm net NAME [--loss 10%] [--delay 50ms] [--down | --up]
                                   what becomes of its frames at a LAN (-p lan:NAME)
quiz vm plug NAME [DISKS]          put empty disks into one that was started with -p hotplug, as in
                                   blockdev:size=1G, and print their names
quiz vm unplug NAME DISK...        pull disks out, without asking it
quiz vm top                        what all machines use, anew each second; q ends it
quiz vm pause NAME, resume NAME    let it stand still, and go on
quiz vm stop NAME... [--kill]      end machines: their programs get a SIGTERM and five seconds;
                                   --kill: at once
quiz vm wait NAME                  wait until it has ended; the status is its program's

With --keep a run's machine stays after its program, with --keep=failure where that has failed.
At a terminal Ctrl-] d leaves a run, which goes on; `quiz vm attach` comes back to it.
Every run is a machine while it lasts, named after its directory or by --name. Any number of
programs may be in one at once; whoever is killed takes only the own program along. When the machine
ends before a program in it, exec's status is 123 (122 after a panic), and a sentence says why.
`quiz vm COMMAND --help` tells more.
)",
     command_vm, true, kVmWithOptions},
    {"trust", "[DIR] [--list | --show | --remove]", "what a project may do beyond its machine",
     kTrustWords,
     R"(quiz trust [DIR]                   agree to DIR's .quiz.toml, its profiles and where its layers
                                   lead, as they are now (default: the project that you stand in)
quiz trust --list [DIR]            show them, and whether you agreed
quiz trust --show [DIR]            all by which a project reaches this host: what it may have
                                   freely, what only if you agree, what never; * marks what this
                                   one asks for
quiz trust --remove [DIR]          take it back

Freely it may choose a kernel and a root of the store, memory (8G), CPUs (16) and the like. Hooks on
this host, also yours, a network, kept disks, words for the kernel's command line, your variables,
layers and paths outside the project need your agreement. What has changed since asks again.
)",
     command_trust},
    {"openzfs", "[configure | make | install | test | ztest | raidz_test | crash]",
     "build OpenZFS in its checkout, for a kernel of the store, and test it", kOpenzfsWords,
     R"(quiz openzfs                       configure, make and install: only what is out of date
quiz openzfs configure [ARGS...]   OpenZFS's configure, with ARGS added (--enable-debug)
quiz openzfs make [ARGS...]        make, with ARGS added
quiz openzfs install               into .quiz/system of the checkout, nowhere else
quiz openzfs test [ARGS...]        OpenZFS's test suite in a machine: -t TEST, -r RUNFILE, -T TAGS,
                                   --junit FILE, --test-timeout SECONDS, or zfs-tests.sh's own
quiz openzfs ztest [SECONDS]       its stress test in user space
quiz openzfs raidz_test [ARGS...]  its test of raidz in user space
quiz openzfs crash [LOG]           after a panic: the stack with source lines, saved with the rest

The first three take -k KERNEL (default: the one of the last time, else the newest of the store that
OpenZFS can be built for) and -j JOBS. Run them anywhere in a checkout, as an ordinary user.
All take -a ARCH first (quiz openzfs test -a s390x): for machines of another architecture.
Afterwards `quiz -p zfs PROGRAM` there has that OpenZFS, loaded, on that kernel. docs/openzfs.md
tells more.
)",
     command_openzfs},
    {"boot", "[OPTIONS] KERNEL", "a bare kernel through quiz's own loader, its console on stdout",
     kBootWords,
     R"(quiz [OPTIONS] boot [--loader NAME] KERNEL [--cmdline TEXT] [--initrd FILE]
               [--module FILE[:TEXT]]... [--env NAME=VALUE]... [-m SIZE] [-c NUMBER]
               [--machine NAME] [--plan[=json]]

KERNEL is a file, which may be compressed, or the name of a kernel of the store. Nothing but the
kernel and these files is in the machine: no root, no init of quiz's.

  --loader NAME         auto (default), linux, freebsd, pvh, multiboot2 or multiboot1
  --cmdline TEXT        the kernel's command line; for FreeBSD flags (-sv) and NAME=VALUE
  --initrd FILE         linux, pvh
  --module FILE[:TEXT]  pvh, multiboot: a module and its arguments; freebsd: a file and its type
                        (md_image: the memory disk /dev/md0); repeatable
  --env NAME=VALUE      freebsd: a variable of the kernel's environment; repeatable
  -m, --memory SIZE     as for runs
  -c, --cpus NUMBER     as for runs
  --machine NAME        microvm (default for linux, pvh), or a PC with SeaBIOS, ACPI and a screen:
                        q35 (default for freebsd, multiboot), pc
  --plan, --plan=json   print what goes where, and run nothing
  --qmp SOCKET          offer QEMU's machine protocol there meanwhile
  -o loader.NAME=VALUE  as bhyve: name, kernel or image, initrd, cmdline, module

The guest ends the machine by writing n to port 0xf4: the exit status is then (n << 1) | 1, modulo
256. It is 0 when the guest switches itself off, 122 when Linux or FreeBSD panics, 123 when the
machine resets itself, 124 after --timeout. Ctrl-C kills the machine.

Examples:
  quiz boot /boot/vmlinuz --cmdline console=ttyS0
  quiz boot -o loader.name=linux -o loader.kernel=bzImage -o loader.cmdline=console=ttyS0
  quiz boot --plan xen.gz --module vmlinuz:console=hvc0
  quiz boot kernel --module root.iso:md_image --env vfs.root.mountfrom=cd9660:/dev/md0
)",
     command_boot},
    {"config", "[--explain]", "the settings that are in force, and where each comes from",
     kConfigWords,
     R"(quiz [OPTIONS] config              the settings as TOML, ready for a file
quiz [OPTIONS] config --explain    the same, with the origin of every value

Each of these overrides the ones before it:
  1. the defaults
  2. ~/.config/quiz/config.toml ($XDG_CONFIG_HOME/quiz/config.toml)
  3. the nearest .quiz.toml from the current directory upwards, and below it .quiz/config.toml,
     in which quiz remembers the kernel of `quiz openzfs`
  4. environment variables: QUIZ_ and the setting's name, as in QUIZ_MEMORY=2G
  5. options
Lists (environment, cmdline) gather what all of them say. A .quiz.toml is used only if it belongs to
you or root and nobody else can write to it. It cannot set what acts on the host: qemu, output,
output_limit, json, boot_chart, confinement, kernel_enable and its like, or a file for kmsg.
`quiz trust --show` has the rest.
)",
     command_config},
    {"doctor", "[--measure]", "check what quiz needs, and say what to do about what is missing",
     kDoctorWords,
     R"(quiz doctor                        QEMU, the accelerator, the store, permissions, free space
quiz doctor --measure              what a start costs on this machine, as a table to send in

Each finding comes with its remedy. Measuring takes a minute or so; -k and --accel before the
command choose what is measured.
)",
     command_doctor},
    {"clean", "[--warm]", "remove what can be made again (the cache; never kernels)", kCleanWords,
     R"(quiz clean                         remove everything below ~/.cache/quiz ($XDG_CACHE_HOME/quiz)
quiz clean --warm                  only the saved machines that runs go on from

Says what is removed and how much space that frees. The kernels of the store stay: `quiz kernel
remove` is for them.
)",
     command_clean},
    {"completion", "bash | zsh", "print the script that lets a shell complete quiz's options",
     kShells,
     R"(quiz completion bash               for ~/.bashrc:  source <(quiz completion bash)
quiz completion zsh                for a directory of $fpath:  quiz completion zsh >DIR/_quiz
)"},
    {"help",
     "[TOPIC]",
     "more about run or one of these commands",
     {},
     R"(quiz help                          the options and commands
quiz help TOPIC                    run, kernel, root, boot, openzfs, profile, layers, disk, vm,
                                   trust, config, doctor, clean, completion or version
)"},
    {"version",
     "",
     "the version of quiz",
     {},
     R"(quiz version                       the same as quiz --version
)"},
};

}  // namespace

std::span<const Command> commands() { return kCommands; }

std::vector<std::string_view> completions_of(const Command& command) {
  if (command.name != "help") return {command.completions.begin(), command.completions.end()};
  std::vector<std::string_view> topics = {"run"};
  for (const Command& topic : kCommands) {
    if (&topic != &command) topics.push_back(topic.name);
  }
  return topics;
}

const Command* find_command(std::string_view name) {
  const Command* const found = std::find_if(std::begin(kCommands), std::end(kCommands),
                                            [&](const Command& c) { return c.name == name; });
  return found == std::end(kCommands) ? nullptr : found;
}

}  // namespace quiz::cli
