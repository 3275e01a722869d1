// A message and a flag behind it, and a reader that looks once: stores never pass each other,
// whatever their widths and the instructions that make them. It reads its own stores at once.
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct shared {
    volatile long message;
    char text[24];
    volatile char flag;
    volatile int wrong;
};

int main(void) {
    struct shared *shared = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (fork() == 0) {
        shared->message = 0x0102030405060708;
        // a part of it, all of it, and more than it
        if (*(volatile char *)&shared->message != 8)
            shared->wrong = 1;
        *(volatile char *)&shared->message = 9;
        if (shared->message != 0x0102030405060709)
            shared->wrong = 2;
        memcpy(shared->text, "as long as an AVX store", 24);
        shared->flag += 1;
        if (shared->flag != 1)
            shared->wrong = 3;
        _exit(0);
    }
    if (fork() == 0) {
        if (shared->flag && (shared->message != 0x0102030405060709 || strcmp(shared->text, "as long as an AVX store")))
            shared->wrong = 4;
        _exit(0);
    }
    while (wait(NULL) > 0) {
    }
    printf("wrong: %d\n", shared->wrong);
    return 0;
}
