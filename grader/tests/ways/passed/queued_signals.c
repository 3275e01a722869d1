// Signals with values, taken by a handler, by sigwaitinfo, and by nobody in time.
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
static volatile int got;
static volatile int from;
static void h(int s, siginfo_t *i, void *u) {
    got += i->si_value.sival_int;
    from = i->si_pid;
}
int main() {
    sigset_t m, o;
    sigemptyset(&m);
    sigaddset(&m, SIGRTMIN);
    sigprocmask(SIG_BLOCK, &m, &o);
    struct sigaction a = {.sa_sigaction = h, .sa_flags = SA_SIGINFO};
    sigaction(SIGRTMIN, &a, 0);
    pid_t p = getpid();
    pid_t c = fork();
    if (!c) {
        union sigval v = {.sival_int = 20};
        sigqueue(p, SIGRTMIN, v);
        v.sival_int = 22;
        sigqueue(p, SIGRTMIN, v);
        _exit(0);
    }
    while (got < 42)
        sigsuspend(&o);
    wait(0);
    printf("%d %d\n", got, from == c);
    c = fork();
    if (!c) {
        union sigval v = {.sival_int = 7};
        sigqueue(p, SIGRTMIN, v);
        _exit(0);
    }
    siginfo_t i;
    int r = sigwaitinfo(&m, &i);
    printf("%d %d %d\n", r == SIGRTMIN, i.si_value.sival_int, i.si_pid == c);
    wait(0);
    struct timespec t = {1, 0};
    r = sigtimedwait(&m, &i, &t);
    printf("%d\n", r);
    return 0;
}
