// One instruction is not one step, unless it says LOCK.
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    long *count = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    long drawn[2];
    for (int i = 0; i < 2; i++)
        if (fork() == 0) {
            long one = 1;
#ifdef RIGHT
            __asm__ volatile("lock xaddq %0, %1" : "+r"(one), "+m"(*count) : : "memory", "cc");
#else
            __asm__ volatile("xaddq %0, %1" : "+r"(one), "+m"(*count) : : "memory", "cc");
#endif
            _exit((int)one);
        }
    int status;
    for (int i = 0; i < 2; i++) {
        wait(&status);
        drawn[i] = WEXITSTATUS(status);
    }
    printf("%ld, drawn %s\n", *count, drawn[0] != drawn[1] ? "apart" : "twice");
}
