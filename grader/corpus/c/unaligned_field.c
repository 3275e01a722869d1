// A packed struct: the counter lies across two cache lines, or across two pages.
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct __attribute__((packed)) record {
    char pad[4093];
    int count;
};

int main(void) {
    struct record *r = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < 2; i++)
        if (fork() == 0) {
#ifdef RIGHT
            int by = 258;
            __asm__ volatile("lock addl %1, %0" : "+m"(r->count) : "r"(by) : "memory");
#else
            r->count += 258;
#endif
            _exit(0);
        }
    while (wait(NULL) > 0)
        ;
    printf("%d\n", r->count);
}
