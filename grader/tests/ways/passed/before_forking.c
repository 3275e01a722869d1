// What a process asks for itself long before it forks: each execution finds it done, once.
#define _GNU_SOURCE
#include <fcntl.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char stack[65536];

static char *page(void) {
    return mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

int main(void) {
    // what children inherit
    umask(027);
    prctl(PR_SET_NAME, "prepared");
    stack_t own = {.ss_sp = stack, .ss_size = sizeof stack}, found;
    sigaltstack(&own, NULL);
    sigset_t mask, blocked;
    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR1);
    sigprocmask(SIG_BLOCK, &mask, NULL);
    char *kept = page();
    strcpy(kept, "kept");
    // what is a process's own
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int flags = fcntl(0, F_GETFL);
    int before = flags & O_NONBLOCK;
    fcntl(0, F_SETFL, flags | O_NONBLOCK);
    char *wiped = page();
    madvise(wiped, 4096, MADV_WIPEONFORK);
    strcpy(wiped, "mine");
    char *alone = page();
    madvise(alone, 4096, MADV_DONTFORK);
    strcpy(alone, "alone");
    setsid();
    close(2);
    // what was there for a while
    mkdir("/tmp/while", 0700);
    rmdir("/tmp/while");
    int file = open("/tmp/notes", O_RDWR | O_CREAT, 0600);
    write(file, "note", 4);
    close(file);
    unlink("/tmp/notes");

    int *counter = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    sem_t *lock = (sem_t *)(counter + 16);
    sem_init(lock, 1, 1);
    for (int child = 0; child < 2; child++) {
        if (fork() == 0) {
            sem_wait(lock);
            *counter += wiped[0] == 0 && strcmp(kept, "kept") == 0;
            sem_post(lock);
            _exit(0);
        }
    }
    while (wait(NULL) > 0) {
    }

    char name[16] = "";
    int signal = 0;
    prctl(PR_GET_NAME, name);
    prctl(PR_GET_PDEATHSIG, &signal);
    sigaltstack(NULL, &found);
    sigprocmask(SIG_BLOCK, NULL, &blocked);
    printf("mask %03o, name %s, own stack %d, blocked %d, %s\n", umask(0), name, found.ss_sp == stack,
           sigismember(&blocked, SIGUSR1), kept);
    printf("left: %d %d\n", access("/tmp/while", F_OK) == 0, access("/tmp/notes", F_OK) == 0);
    printf("signal %d, non-blocking %d then %d, %s, %s, leader %d, closed %d\n", signal, before != 0,
           (fcntl(0, F_GETFL) & O_NONBLOCK) != 0, wiped, alone, getsid(0) == getpid(), fcntl(2, F_GETFD) < 0);
    printf("counter %d\n", *counter);
    return 0;
}
