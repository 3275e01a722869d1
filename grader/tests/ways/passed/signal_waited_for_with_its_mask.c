// The wait opens the mask and waits in one step.
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
static volatile sig_atomic_t got;
static void h(int s) { got = 1; }
int main() {
    sigset_t m, o;
    sigemptyset(&m);
    sigaddset(&m, SIGUSR1);
    sigprocmask(SIG_BLOCK, &m, &o);
    signal(SIGUSR1, h);
    pid_t p = getpid();
    if (!fork()) {
        kill(p, SIGUSR1);
        _exit(0);
    }
    while (!got)
        sigsuspend(&o);
    wait(0);
    puts("done");
    return 0;
}
