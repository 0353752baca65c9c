# Promise: machines with -p lan:NAME are on one network of their own: they have addresses and find each other by name, what they send
# arrives whole, also over a bad link and after a partition; nobody else is there, and nothing is left of it after the last.
# timeout: 600
cat >talk.c <<'E'
#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
static unsigned char buffer[65536];
static unsigned long count, sum = 5381;
static void add(const unsigned char* data, long size) {
  for (long i = 0; i < size; ++i) sum = sum * 33 + data[i];
  count += size;
}
static int fail(const char* what) { perror(what); return 1; }
int main(int argc, char** argv) {
  struct sockaddr_in address = {.sin_family = AF_INET};
  socklen_t size = sizeof address;
  const int stream = !strcmp(argv[1], "take") || !strcmp(argv[1], "send");
  const int fd = socket(AF_INET, stream ? SOCK_STREAM : SOCK_DGRAM, 0);
  address.sin_port = htons(stream ? 5000 : 6000);
  const int serves = !strcmp(argv[1], "take") || !strcmp(argv[1], "echo");
  if (serves) {
    const int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (void*)&address, sizeof address) != 0) return fail("bind");
    if (stream && listen(fd, 1) != 0) return fail("listen");
    puts("listens");
    fflush(stdout);
  } else {
    char line[256], name[128], ip[64]; /* a static program's getaddrinfo needs libraries */
    FILE* hosts = fopen("/etc/hosts", "r");
    if (!inet_aton(argv[2], &address.sin_addr)) {
      while (fgets(line, sizeof line, hosts)) {
        if (sscanf(line, "%63s %127s", ip, name) == 2 && !strcmp(name, argv[2])) inet_aton(ip, &address.sin_addr);
      }
    }
  }
  if (!strcmp(argv[1], "take")) {
    const int peer = accept(fd, (void*)&address, &size);
    printf("from %s\n", inet_ntoa(address.sin_addr));
    fflush(stdout);
    long got;
    while ((got = read(peer, buffer, sizeof buffer)) > 0) add(buffer, got);
    printf("%lu %lx\n", count, sum);
  } else if (!strcmp(argv[1], "send")) {
    if (connect(fd, (void*)&address, sizeof address) != 0) return fail("connect");
    unsigned random = 1;
    for (long left = atol(argv[3]) * 1024; left > 0;) {
      const long part = left < 4096 ? left : 4096;
      for (long i = 0; i < part; ++i) buffer[i] = (random = random * 1103515245 + 12345) >> 16;
      if (write(fd, buffer, part) != part) return fail("write");
      add(buffer, part);
      left -= part;
    }
    close(fd);
    printf("%lu %lx\n", count, sum);
  } else if (!strcmp(argv[1], "echo")) {
    long got;
    while ((got = recvfrom(fd, buffer, sizeof buffer, 0, (void*)&address, &size)) > 0)
      sendto(fd, buffer, got, 0, (void*)&address, size);
  } else {
    const struct timeval limit = {atoi(argv[3]), 0};
    struct timespec a, b;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    clock_gettime(CLOCK_MONOTONIC, &a);
    sendto(fd, "?", 1, 0, (void*)&address, size);
    if (recv(fd, buffer, sizeof buffer, 0) != 1) return fail("recv");
    clock_gettime(CLOCK_MONOTONIC, &b);
    printf("%ld\n", (b.tv_sec - a.tv_sec) * 1000 + (b.tv_nsec - a.tv_nsec) / 1000000);
  }
  return 0;
}
E
gcc -static -O1 -o talk talk.c
address() { "$QUIZ" vm exec "$1" sh -c 'ip -4 -o addr 2>/dev/null | grep -o "10\.0\.3\.[0-9]*/" || getent hosts '"$1"; }
names() { "$QUIZ" vm exec "$1" grep -c '^10\.0\.3\.' /etc/hosts; }
knows() { [[ $(names "$1") == "$2" ]]; }

# Addresses in the order of their starts, or as asked for; names, those of later ones too.
for name in one two; do expect_output "$name" "$QUIZ" vm start --name "$name" -p lan:work; done
expect_output three "$QUIZ" vm start --name three -p lan:work:ip=10.0.3.77
for name in one two three; do wait_until 20 knows "$name" 3; done
expect_output $'10.0.3.1 one\n10.0.3.2 two\n10.0.3.77 three' "$QUIZ" vm exec one grep '^10' /etc/hosts
[[ $(address two) == *10.0.3.2* ]] || fail "two has $(address two)"
expect_status 0 "$QUIZ" vm exec one grep -q '127.0.0.1 localhost' /etc/hosts

# transfer FROM TO KIB: what is sent arrives as it was.
transfer() {
  : >server.out
  "$QUIZ" vm exec "$2" ./talk take >server.out &
  local server=$!
  wait_until 60 grep -q listens server.out
  RUN_LIMIT=240 expect_status 0 "$QUIZ" vm exec "$1" ./talk send "$2" "$3"
  wait "$server" || fail "the server ended with $?"
  [[ $(sed -n 3p server.out) == $(cat out) ]] || fail "from $1 to $2 came something else: $(cat server.out)"
}
transfer two one 16384
grep -q '^from 10.0.3.2$' server.out || fail "it came from elsewhere: $(cat server.out)"
transfer one three 1024

# Delay, loss, and a partition that heals: what was under way arrives.
"$QUIZ" vm exec one ./talk echo >echo.out 2>&1 &
echo=$!
wait_until 60 grep -q listens echo.out
expect_status 0 "$QUIZ" vm exec two ./talk round one 20
expect_status 0 "$QUIZ" vm net two --delay 300ms
expect_status 0 "$QUIZ" vm exec two ./talk round one 20
(($(cat out) >= 300)) || fail "it was not late: $(cat out) ms"
expect_status 0 "$QUIZ" vm net two --delay 0 --loss 100%
run "$QUIZ" vm exec two ./talk round one 2
[[ $status == 1 ]] || fail "nothing was lost"
expect_status 0 "$QUIZ" vm net two --loss 10%
transfer two one 256
expect_status 0 "$QUIZ" vm net two --loss 0
: >server.out
"$QUIZ" vm exec one ./talk take >server.out &
server=$!
wait_until 60 grep -q listens server.out
expect_status 0 "$QUIZ" vm net two --delay 50ms # so that it takes a while
"$QUIZ" vm exec two ./talk send one 8192 >client.out &
client=$!
wait_until 60 grep -q from server.out
expect_status 0 "$QUIZ" vm net two --down
run "$QUIZ" vm exec two ./talk round one 2
[[ $status == 1 ]] || fail "a partition is none"
run "$QUIZ" vm exec three ./talk round one 20
[[ $status == 0 ]] || fail "the others are parted, too"
! kill -0 "$server" 2>/dev/null || kill -0 "$client" || fail "it was through before"
expect_status 0 "$QUIZ" vm net two --up --delay 0
wait "$client" || fail "the client ended with $?"
wait "$server" || fail "the server ended with $?"
[[ $(sed -n 3p server.out) == $(cat client.out) ]] || fail "after the partition came something else"
kill "$echo"

# Nobody else is there: another LAN, other users, a machine without one.
expect_output other "$QUIZ" vm start --name other -p lan:play
[[ $(names other) == 1 ]] || fail "another LAN's machine knows: $(names other)"
run "$QUIZ" vm exec other ./talk round 10.0.3.2 2
[[ $status == 1 ]] || fail "it reaches another LAN"
while read -r path; do [[ $(stat -c %a "$path") == 600 && $(stat -c %a "${path%/*}") == 700 ]] || fail "others may reach $path"; done < <(find "$XDG_RUNTIME_DIR" -name lan)
[[ -n $(find "$XDG_RUNTIME_DIR" -name lan -type s) ]] || fail "there is no socket"
expect_refusal_here() { expect_status 125 "${@:2}"; expect_error "$1"; }
expect_refusal_here 'the machine one has the address 10.0.3.1' "$QUIZ" -p lan:work:ip=10.0.3.1 true
for ip in 10.0.3.0 10.0.3.255 10.0.2.1 evil; do expect_refusal_here 'is no address of a LAN' "$QUIZ" -p "lan:work:ip=$ip" true; done
expect_refusal_here 'cannot be called' "$QUIZ" -p 'lan:a b' true
for words in '--loss 101%' '--loss x' '--delay 61s' '--delay -1' '--up --down' ''; do
  # shellcheck disable=SC2086
  expect_refusal_here '(is no|exclude|nothing to do)' "$QUIZ" vm net two $words
done
expect_output plain "$QUIZ" vm start --name plain
expect_refusal_here 'it is at no LAN' "$QUIZ" vm net plain --down
expect_status 0 "$QUIZ" vm stop plain other

# Who goes is known no more, its place is free; one that is killed, too, and the others go on.
expect_status 0 "$QUIZ" vm stop one
wait_until 20 knows two 2
expect_output 10.0.3.1 "$QUIZ" --name four -p lan:work sh -c 'sed -n "s/ four//p" /etc/hosts'
kill -9 "$("$QUIZ" vm list --json | python3 -c 'import json, sys; print(*[m["pid"] for m in json.load(sys.stdin) if m["name"] == "three"])')"
transfer_to_two() { transfer five two 512; }
expect_output five "$QUIZ" vm start --name five -p lan:work
transfer_to_two
expect_status 0 "$QUIZ" vm stop two five
no_leftovers
