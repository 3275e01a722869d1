// A message queue that sends a signal, fills up, and times out.
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
int main() {
    struct mq_attr a = {.mq_maxmsg = 2, .mq_msgsize = 16};
    mqd_t q = mq_open("/q", O_CREAT | O_RDWR, 0600, &a);
    sigset_t m;
    sigemptyset(&m);
    sigaddset(&m, SIGUSR1);
    sigprocmask(SIG_BLOCK, &m, 0);
    struct sigevent e = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
    printf("%d\n", mq_notify(q, &e));
    if (!fork()) {
        for (int i = 0; i < 4; i++)
            mq_send(q, "hello", 5, i);
        _exit(0);
    }
    int s;
    sigwait(&m, &s);
    printf("%d\n", s == SIGUSR1);
    char b[16];
    for (int i = 0; i < 4; i++)
        mq_receive(q, b, 16, 0);
    wait(0);
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    t.tv_sec++;
    int r = mq_timedreceive(q, b, 16, 0, &t);
    printf("%d %d\n", r, errno == ETIMEDOUT);
    mq_unlink("/q");
    return 0;
}
