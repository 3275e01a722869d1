// Right: threads start programs. A spawned child borrows its maker's memory until it executes
// another program, and what its maker shares is followed on.
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
extern char **environ;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int count;
static void *work(void *arg) {
    for (int i = 0; i < 2; i++) {
        pthread_mutex_lock(&lock);
        count++;
        pthread_mutex_unlock(&lock);
    }
    pid_t child;
    char *argv[] = {"true", 0};
    int status = 7;
    if (posix_spawn(&child, "/bin/true", 0, 0, argv, environ) == 0) waitpid(child, &status, 0);
    pthread_mutex_lock(&lock);
    count += status == 0;
    pthread_mutex_unlock(&lock);
    return 0;
}
int main(void) {
    pthread_t t[2];
    for (int i = 0; i < 2; i++) pthread_create(&t[i], 0, work, 0);
    for (int i = 0; i < 2; i++) pthread_join(t[i], 0);
    printf("%d\n", count);
}
