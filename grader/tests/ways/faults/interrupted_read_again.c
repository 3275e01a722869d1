// A read that is made again when a signal interrupts it.
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
    while (read(p[0], &c, 1) < 0)
        ;
    printf("%c\n", c);
    while (wait(0) < 0)
        ;
    return 0;
}
