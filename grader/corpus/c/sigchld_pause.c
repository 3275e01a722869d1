// Between the look and the pause the signal may come.
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t ended;

static void on_child(int signal) {
    (void)signal;
    ended = 1;
}

int main(void) {
    signal(SIGCHLD, on_child);
#ifdef RIGHT
    sigset_t block, before;
    sigemptyset(&block);
    sigaddset(&block, SIGCHLD);
    sigprocmask(SIG_BLOCK, &block, &before);
#endif
    if (fork() == 0)
        _exit(7);
#ifdef RIGHT
    while (!ended)
        sigsuspend(&before);
#else
    while (!ended)
        pause();
#endif
    int status;
    wait(&status);
    printf("code %d\n", WEXITSTATUS(status));
}
