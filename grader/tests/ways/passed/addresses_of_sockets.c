// Sockets tell the addresses that they were given: names, abstract names, and none.
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static socklen_t address(struct sockaddr_un *of, const char *name, size_t len) {
    memset(of, 0, sizeof *of);
    of->sun_family = AF_UNIX;
    memcpy(of->sun_path, name, len);
    return offsetof(struct sockaddr_un, sun_path) + len;
}

static void tell(const char *what, struct sockaddr_un *of, socklen_t len) {
    int named = len > offsetof(struct sockaddr_un, sun_path);
    int abstract = named && of->sun_path[0] == 0;
    int chars = named ? (int)(len - offsetof(struct sockaddr_un, sun_path)) - abstract : 0;
    printf("%s: %s%.*s, %d bytes\n", what, abstract ? "@" : "", chars, of->sun_path + abstract, (int)len);
}

int main(void) {
    setbuf(stdout, NULL);
    struct sockaddr_un its, other;
    socklen_t len;
    char byte, small[8];

    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    bind(listener, (struct sockaddr *)&its, address(&its, "/tmp/listener", 14));
    listen(listener, 1);
    len = sizeof other;
    getsockname(listener, (struct sockaddr *)&other, &len);
    tell("listener", &other, len);
    if (fork() == 0) {
        // to the address that it was told
        int caller = socket(AF_UNIX, SOCK_STREAM, 0);
        bind(caller, (struct sockaddr *)&its, address(&its, "/tmp/caller", 12));
        connect(caller, (struct sockaddr *)&other, len);
        write(caller, "x", 1);
        _exit(0);
    }
    len = sizeof other;
    int accepted = accept(listener, (struct sockaddr *)&other, &len);
    tell("accepted from", &other, len);
    len = sizeof other;
    getpeername(accepted, (struct sockaddr *)&other, &len);
    tell("its peer", &other, len);
    read(accepted, &byte, 1);
    wait(NULL);

    len = sizeof small;
    getsockname(listener, (struct sockaddr *)small, &len);
    printf("in little room: %.6s, %d bytes\n", small + 2, (int)len);

    int to = socket(AF_UNIX, SOCK_DGRAM, 0), from = socket(AF_UNIX, SOCK_DGRAM, 0), nameless;
    bind(to, (struct sockaddr *)&its, address(&its, "\0receiver", 9));
    bind(from, (struct sockaddr *)&other, address(&other, "\0sender", 7));
    sendto(from, "y", 1, 0, (struct sockaddr *)&its, address(&its, "\0receiver", 9));
    len = sizeof other;
    recvfrom(to, &byte, 1, 0, (struct sockaddr *)&other, &len);
    tell("datagram from", &other, len);
    nameless = socket(AF_UNIX, SOCK_DGRAM, 0);
    len = sizeof other;
    getsockname(nameless, (struct sockaddr *)&other, &len);
    tell("nameless", &other, len);
    unlink("/tmp/listener");
    unlink("/tmp/caller");
    return 0;
}
