// A stream of bytes has no messages in it: one read may get part of one, or more than one.
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef RIGHT
enum { KIND = SOCK_SEQPACKET };
#else
enum { KIND = SOCK_STREAM };
#endif

int main(void) {
    int ends[2];
    if (socketpair(AF_UNIX, KIND, 0, ends))
        return 1;
    if (fork() == 0) {
        close(ends[0]);
        if (write(ends[1], "one\n", 4) != 4 || write(ends[1], "two\n", 4) != 4)
            _exit(1);
        _exit(0);
    }
    close(ends[1]);
    int messages = 0;
    char text[64];
    while (read(ends[0], text, sizeof text) > 0)
        messages++;
    wait(NULL);
    printf("%d messages\n", messages);
}
