// One SIGCHLD can stand for several children.
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHILDREN = 3 };

static volatile sig_atomic_t reaped;

static void on_child(int signal) {
    (void)signal;
#ifdef RIGHT
    while (waitpid(-1, NULL, WNOHANG) > 0)
        reaped++;
#else
    if (waitpid(-1, NULL, WNOHANG) > 0)
        reaped++;
#endif
}

int main(void) {
    sigset_t block, before;
    sigemptyset(&block);
    sigaddset(&block, SIGCHLD);
    sigprocmask(SIG_BLOCK, &block, &before);
    struct sigaction action = {.sa_handler = on_child};
    sigaction(SIGCHLD, &action, NULL);
    for (int i = 0; i < CHILDREN; i++)
        if (fork() == 0)
            _exit(0);
    while (reaped < CHILDREN)
        sigsuspend(&before);
    printf("reaped %d\n", reaped);
    return 0;
}
