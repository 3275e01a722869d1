// An alarm interrupts a read, and ends a child that sleeps too long.
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
static void h(int s) {}
int main() {
    struct sigaction a = {.sa_handler = h};
    sigaction(SIGALRM, &a, 0);
    int p[2];
    pipe(p);
    alarm(2);
    char c;
    int r = read(p[0], &c, 1);
    printf("%d %d\n", r, errno == EINTR);
    signal(SIGALRM, SIG_DFL);
    pid_t k = fork();
    if (!k) {
        alarm(1);
        sleep(10);
        puts("never");
        fflush(stdout);
        _exit(0);
    }
    int st;
    waitpid(k, &st, 0);
    printf("%d\n", WTERMSIG(st));
    return 0;
}
