// Stores come to memory before whatever their process does next that others can tell: it
// ends, is killed, runs another program, handles a signal, unmaps the memory.
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile int *shared;

static void handler(int signal) {
    (void)signal;
    shared[8] = shared[0] + 1;
    _exit(0);
}

// How a child ends that has stored 1.
static void end(int way) {
    shared[way] = 1;
    switch (way) {
    case 0:
        raise(SIGUSR1);
        break;
    case 1:
        kill(getpid(), SIGKILL);
        break;
    case 2:
        execl("/bin/true", "true", (char *)NULL);
        break;
    case 3:
        munmap((void *)shared, 4096);
        break;
    case 4:
        *(volatile int *)8 = 1;
        break;
    case 5: {
        __asm__ volatile("ud2");
        break;
    }
    default:
        break;
    }
    _exit(0);
}

int main(void) {
    shared = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    signal(SIGUSR1, handler);
    int wrong = 0;
    for (int way = 0; way < 7; way++) {
        pid_t child = way == 6 ? vfork() : fork();
        if (child == 0)
            end(way);
        waitpid(child, NULL, 0);
        wrong += shared[way] != 1;
    }
    wrong += shared[8] != 2;
    printf("wrong: %d\n", wrong);
    return 0;
}
