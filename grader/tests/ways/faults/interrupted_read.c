// A handler without SA_RESTART, and a read that is not made again.
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
static void h(int s) {}
int main() {
    struct sigaction a = {.sa_handler = h};
    sigaction(SIGUSR1, &a, 0);
    int p[2];
    pipe(p);
    if (!fork()) {
        write(p[1], "x", 1);
        _exit(0);
    }
    char c = '-';
    read(p[0], &c, 1);
    printf("%c\n", c);
    while (wait(0) < 0)
        ;
    return 0;
}
