// A string copied into shared memory by a `rep` instruction is many writes.
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct shared {
    volatile char lock;
    char text[48];
    int mixed;
};

static void copy(char *to, const char *from, unsigned long count) {
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(count) : : "memory");
}

static void enter(struct shared *s) {
#ifdef RIGHT
    while (__sync_lock_test_and_set(&s->lock, 1))
        ;
#else
    (void)s;
#endif
}

static void leave(struct shared *s) {
#ifdef RIGHT
    __sync_lock_release(&s->lock);
#else
    (void)s;
#endif
}

int main(void) {
    struct shared *s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    static const char *texts[2] = {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"};
    copy(s->text, texts[0], 32);
    for (int i = 0; i < 2; i++)
        if (fork() == 0) {
            enter(s);
            copy(s->text, texts[i], 32);
            leave(s);
            _exit(0);
        }
    while (wait(NULL) > 0)
        ;
    for (int i = 1; i < 31; i++)
        s->mixed |= s->text[i] != s->text[0];
    puts(s->mixed ? "mixed" : "one of them");
}
