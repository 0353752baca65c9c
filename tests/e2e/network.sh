# Promise: with -p net the guest reaches no service that listens on the host's loopback only, unless with host=yes; a port
# that is forwarded reaches the guest.
# timeout: 300
cat >serve <<'END'
import os, select, socket, sys
tcp = socket.socket()
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
tcp.bind(("127.0.0.1", 0))
tcp.listen()
udp.bind(("127.0.0.1", tcp.getsockname()[1]))
with open("port.new", "w") as file: print(tcp.getsockname()[1], file=file)
os.rename("port.new", "port")
while True:
    for ready in select.select([tcp, udp], [], [])[0]:
        if ready is tcp:
            connection = tcp.accept()[0]
            connection.sendall(b"tcp\n")
            connection.close()
        else:
            udp.sendto(b"udp\n", udp.recvfrom(100)[1])
END
cat >ask <<'END'
import socket, sys
for address in sys.argv[2:]:
    target = (address, int(sys.argv[1]))
    try:
        print(address, socket.create_connection(target, 20).recv(10).decode().strip())
    except OSError as error:
        print(address, "no tcp")
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        udp.connect(target)
        udp.settimeout(3)
        udp.send(b"x")
        print(address, udp.recv(10).decode().strip())
    except OSError as error:
        print(address, "no udp")
END
python3 serve &
server=$!
trap 'kill "$server"' EXIT
wait_until 20 test -e port
port=$(<port)
[[ $(python3 ask "$port" 127.0.0.1) == "127.0.0.1 tcp"$'\n'"127.0.0.1 udp" ]] || fail "the service does not answer: nothing is tested"
expect_output "10.0.2.2 no tcp"$'\n'"10.0.2.2 no udp"$'\n'"169.254.1.1 no tcp"$'\n'"169.254.1.1 no udp" \
  "$QUIZ" -p net /usr/bin/python3 ./ask "$port" 10.0.2.2 169.254.1.1
expect_output "10.0.2.2 tcp"$'\n'"10.0.2.2 udp" "$QUIZ" -p net:host=yes /usr/bin/python3 ./ask "$port" 10.0.2.2
no_leftovers
