// Wrong: a thread counts without a lock, after another has started a program. A spawned child
// borrows its maker's memory, which is followed on when it has its own.
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>

extern char **environ;
static int count;

static void *work(void *spawns) {
    if (spawns) {
        char *arguments[] = {"true", 0};
        pid_t child;
        if (posix_spawn(&child, "/bin/true", 0, 0, arguments, environ) == 0)
            waitpid(child, 0, 0);
    }
    int seen = count;
    count = seen + 1;
    return 0;
}

int main(void) {
    pthread_t threads[2];
    pthread_create(&threads[0], 0, work, "");
    pthread_create(&threads[1], 0, work, 0);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], 0);
    printf("%d\n", count);
}
