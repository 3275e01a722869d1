// The signal may come between the look at the flag and the wait for it.
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
static volatile sig_atomic_t got;
static void h(int s) { got = 1; }
int main() {
    signal(SIGUSR1, h);
    pid_t p = getpid();
    if (!fork()) {
        kill(p, SIGUSR1);
        _exit(0);
    }
    while (!got)
        pause();
    wait(0);
    puts("done");
    return 0;
}
