// Right: a thread takes the signals of its process one by one, and adds them up in memory that
// nobody else uses meanwhile, with one call between two additions.
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static sigset_t set;
static int all;

static void *work(void *argument) {
    for (int i = 0; i < 2; i++) {
        int signal;
        if (sigwait(&set, &signal) == 0)
            all |= signal == SIGUSR1 ? 1 : 2;
    }
    return 0;
}

int main(void) {
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGUSR2);
    pthread_sigmask(SIG_BLOCK, &set, 0);
    pthread_t thread;
    pthread_create(&thread, 0, work, 0);
    kill(getpid(), SIGUSR1);
    kill(getpid(), SIGUSR2);
    pthread_join(thread, 0);
    printf("%d\n", all);
}
