// Wrong: a count without a lock, which hides in the C library. What `sem_post` does counts as one
// operation; here its code is another.
#include <semaphore.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static sem_t *shared;

static void add(void) {
    volatile int *count = (int *)shared;
    *count = *count + 1;
}

/* The loads that the function begins with in many versions of the library, and no lock behind. */
static int rewrite(void) {
    static const unsigned char before[] = {0x8b, 0x77, 0x08, 0x48, 0x8b, 0x07};
    static const unsigned char after[] = {0x83, 0xc0, 0x01, 0x89, 0x07, 0x31, 0xc0, 0xc3};
    unsigned char *code = (unsigned char *)&sem_post;
    uintptr_t page = (uintptr_t)code & ~(uintptr_t)4095;
    if (memcmp(code, before, sizeof before) != 0)
        return 0;
    if (mprotect((void *)page, 8192, PROT_READ | PROT_WRITE | PROT_EXEC) != 0)
        return 0;
    memcpy(code + sizeof before, after, sizeof after);
    return 1;
}

int main(void) {
    shared = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    sem_init(shared, 1, 0);
    sem_post(shared);
    int rewritten = rewrite();
    for (int i = 0; i < 2; i++)
        if (fork() == 0) {
            if (rewritten)
                sem_post(shared);
            else
                add();
            _exit(0);
        }
    while (wait(0) > 0)
        continue;
    printf("%d\n", *(int *)shared);
}
