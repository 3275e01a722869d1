// A server waits for any of its clients with epoll. What a client sends in two parts it collects,
// or takes for whole.
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CLIENTS = 2 };

int main(void) {
    int waiting = epoll_create1(0), ends[CLIENTS];
    for (int i = 0; i < CLIENTS; i++) {
        int pair[2];
        socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
        if (!fork()) {
            int number = 0x10001 * (i + 1);
            write(pair[1], &number, 2);
            write(pair[1], (char *)&number + 2, 2);
            _exit(0);
        }
        close(pair[1]);
        ends[i] = pair[0];
        struct epoll_event wanted = {EPOLLIN, {.u32 = i}};
        epoll_ctl(waiting, EPOLL_CTL_ADD, ends[i], &wanted);
    }
    int have[CLIENTS] = {0}, numbers[CLIENTS] = {0}, left = CLIENTS;
    while (left > 0) {
        struct epoll_event found;
        if (epoll_wait(waiting, &found, 1, -1) < 1)
            continue;
        int i = found.data.u32;
        int len = read(ends[i], (char *)&numbers[i] + have[i], sizeof(int) - have[i]);
#ifdef RIGHT
        have[i] += len;
        if (have[i] < (int)sizeof(int))
            continue;
#else
        (void)len;
#endif
        epoll_ctl(waiting, EPOLL_CTL_DEL, ends[i], 0);
        left--;
    }
    while (wait(0) > 0)
        ;
    printf("%x %x\n", numbers[0], numbers[1]);
}
