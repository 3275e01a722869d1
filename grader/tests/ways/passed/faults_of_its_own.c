// The program's own faults: behind a cut file's end, on protected pages, at nothing.
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
static sigjmp_buf j;
static volatile int sg;
static void *volatile ad;
static void h(int s, siginfo_t *i, void *u) {
    sg = s;
    ad = i->si_addr;
    siglongjmp(j, 1);
}
int main() {
    struct sigaction a = {.sa_sigaction = h, .sa_flags = SA_SIGINFO};
    sigaction(SIGBUS, &a, 0);
    sigaction(SIGSEGV, &a, 0);
    int fd = memfd_create("m", 0);
    ftruncate(fd, 8192);
    volatile char *p = mmap(0, 8192, 3, MAP_SHARED, fd, 0);
    pid_t k = fork();
    if (!k) {
        p[0] = 1;
        _exit(0);
    }
    wait(0);
    ftruncate(fd, 4096);
    if (!sigsetjmp(j, 1)) {
        p[5000] = 1;
        puts("no");
    }
    printf("%d %d\n", sg == SIGBUS, ad == (void *)(p + 5000));
    mprotect((void *)p, 4096, PROT_READ);
    if (!sigsetjmp(j, 1)) {
        p[1] = 1;
        puts("no");
    }
    printf("%d %d %d\n", sg == SIGSEGV, ad == (void *)(p + 1), p[0]);
    if (!sigsetjmp(j, 1)) {
        *(volatile int *)0 = 1;
        puts("no");
    }
    printf("%d %d\n", sg == SIGSEGV, ad == 0);
    mprotect((void *)p, 4096, 3);
    madvise((void *)p, 4096, MADV_REMOVE);
    printf("%d\n", p[0]);
    return 0;
}
