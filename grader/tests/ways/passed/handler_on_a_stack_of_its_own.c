// Right: a thread handles signals on a stack that lies in the midst of a large mapping, and that
// nobody has touched before. What threads share is known by then.
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

enum { LARGE = 16 << 20, STACK = 64 << 10 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int count;
static volatile sig_atomic_t handled;
static int inside;
static char *stack;

static void handle(int signal) {
    char here;
    inside = &here >= stack && &here < stack + STACK;
    handled = signal;
}

static void *work(void *main_thread) {
    for (int i = 0; i < 2; i++) {
        pthread_mutex_lock(&lock);
        count++;
        pthread_mutex_unlock(&lock);
    }
    pthread_kill(*(pthread_t *)main_thread, SIGUSR1);
    return 0;
}

int main(void) {
    char *large = mmap(0, LARGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (large == MAP_FAILED)
        return 2;
    stack = large + LARGE / 2;
    stack_t own = {.ss_sp = stack, .ss_size = STACK};
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handle;
    action.sa_flags = SA_ONSTACK | SA_RESTART;
    if (sigaltstack(&own, 0) != 0 || sigaction(SIGUSR1, &action, 0) != 0)
        return 2;
    pthread_t self = pthread_self(), other;
    pthread_create(&other, 0, work, &self);
    pthread_mutex_lock(&lock);
    count++;
    pthread_mutex_unlock(&lock);
    pthread_join(other, 0);
    printf("%d handled %d inside %d\n", count, handled == SIGUSR1, inside);
}
