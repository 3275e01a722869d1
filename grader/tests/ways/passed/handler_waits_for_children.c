// A handler that waits for as many children as have ended.
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
static volatile sig_atomic_t n;
static void h(int s) {
    int e = errno;
    while (waitpid(-1, 0, WNOHANG) > 0)
        n++;
    errno = e;
}
int main() {
    struct sigaction a = {.sa_handler = h, .sa_flags = SA_RESTART};
    sigaction(SIGCHLD, &a, 0);
    sigset_t m, o;
    sigemptyset(&m);
    sigaddset(&m, SIGCHLD);
    sigprocmask(SIG_BLOCK, &m, &o);
    for (int i = 0; i < 3; i++)
        if (!fork())
            _exit(0);
    while (n < 3)
        sigsuspend(&o);
    printf("%d\n", (int)n);
    return 0;
}
