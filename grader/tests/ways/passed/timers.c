// Timers of the POSIX kind, interval timers, and a wait that spins on a handler's flag.
#include <signal.h>
#include <stdio.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
static volatile int n, v;
static void h(int s, siginfo_t *i, void *u) {
    n++;
    v = i->si_value.sival_int;
}
int main() {
    struct sigaction a = {.sa_sigaction = h, .sa_flags = SA_SIGINFO};
    sigaction(SIGUSR1, &a, 0);
    sigaction(SIGALRM, &a, 0);
    timer_t t;
    struct sigevent e = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1, .sigev_value.sival_int = 11};
    timer_create(CLOCK_MONOTONIC, &e, &t);
    struct itimerspec s = {{0, 500000000}, {1, 0}};
    timer_settime(t, 0, &s, 0);
    sigset_t m, o;
    sigemptyset(&m);
    sigaddset(&m, SIGUSR1);
    sigaddset(&m, SIGALRM);
    sigprocmask(SIG_BLOCK, &m, &o);
    while (n < 3)
        sigsuspend(&o);
    printf("%d %d\n", n, v);
    timer_delete(t);
    struct itimerval iv = {{0, 1000}, {0, 1000}};
    setitimer(ITIMER_REAL, &iv, 0);
    n = 0;
    while (n < 3)
        sigsuspend(&o);
    printf("%d\n", n);
    iv.it_interval.tv_usec = iv.it_value.tv_usec = 0;
    setitimer(ITIMER_REAL, &iv, 0);
    sigprocmask(SIG_SETMASK, &o, 0);
    alarm(1);
    struct timespec r = {5, 0}, l;
    int x = nanosleep(&r, &l);
    printf("%d %d\n", x, (int)l.tv_sec);
    n = 0;
    alarm(1);
    while (!n)
        ;
    puts("spun");
    return 0;
}
