// eventfd, timerfd, signalfd, pidfd, and epoll over them, nested too.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>
int main() {
    int a = eventfd(0, 0), b = eventfd(0, EFD_NONBLOCK), c = eventfd(3, EFD_SEMAPHORE);
    uint64_t v;
    int r = read(b, &v, 8);
    printf("%d %d\n", r, errno == EAGAIN);
    if (!fork()) {
        uint64_t one = 5;
        write(a, &one, 8);
        _exit(0);
    }
    read(a, &v, 8);
    printf("%d\n", (int)v);
    wait(0);
    read(c, &v, 8);
    printf("%d\n", (int)v);
    printf("%d\n", (fcntl(a, F_GETFL) & O_NONBLOCK) != 0);
    int t = timerfd_create(CLOCK_MONOTONIC, 0);
    struct itimerspec s = {{1, 0}, {2, 0}};
    timerfd_settime(t, 0, &s, 0);
    read(t, &v, 8);
    printf("timer %d\n", (int)v);
    sleep(3);
    read(t, &v, 8);
    printf("timer %d\n", (int)v);
    sigset_t m;
    sigemptyset(&m);
    sigaddset(&m, SIGUSR1);
    sigaddset(&m, SIGCHLD);
    sigprocmask(SIG_BLOCK, &m, 0);
    int sf = signalfd(-1, &m, 0);
    pid_t k = fork();
    if (!k) {
        kill(getppid(), SIGUSR1);
        _exit(7);
    }
    struct signalfd_siginfo i;
    read(sf, &i, sizeof i);
    printf("%d %d\n", i.ssi_signo == SIGUSR1, i.ssi_pid == k);
    int e = epoll_create1(0);
    struct epoll_event ev = {EPOLLIN, {.fd = sf}};
    epoll_ctl(e, EPOLL_CTL_ADD, sf, &ev);
    ev.data.fd = a;
    epoll_ctl(e, EPOLL_CTL_ADD, a, &ev);
    struct epoll_event got;
    r = epoll_wait(e, &got, 1, -1);
    printf("ep %d %d\n", r, got.data.fd == sf);
    read(sf, &i, sizeof i);
    printf("%d\n", i.ssi_signo == SIGCHLD);
    wait(0);
    k = fork();
    if (!k) {
        _exit(9);
    }
    int pf = syscall(SYS_pidfd_open, k, 0);
    struct pollfd p = {pf, POLLIN, 0};
    r = poll(&p, 1, -1);
    printf("pidfd %d\n", r);
    siginfo_t si;
    waitid(P_PIDFD, pf, &si, WEXITED);
    printf("%d\n", si.si_status);
    r = epoll_wait(e, &got, 1, 50);
    printf("%d\n", r);
    read(sf, &i, sizeof i);
    k = fork();
    if (!k) {
        uint64_t x = 1;
        usleep(1000);
        write(a, &x, 8);
        _exit(0);
    }
    int e2 = epoll_create1(0);
    ev.data.fd = e;
    ev.events = EPOLLIN;
    epoll_ctl(e2, EPOLL_CTL_ADD, e, &ev);
    r = epoll_wait(e2, &got, 1, -1);
    printf("nested %d\n", r);
    wait(0);
    return 0;
}
