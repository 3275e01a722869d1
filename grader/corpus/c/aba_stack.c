// A stack without locks: the same top again does not mean that nothing happened.
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct node {
    uint32_t next; // an index, from 1; 0 is none
};

struct stack {
    uint64_t top; // the index, and above it a tag
    struct node nodes[4];
    uint32_t taken[4];
};

static uint64_t tagged(uint64_t old, uint32_t index) {
#ifdef RIGHT
    return ((old >> 32) + 1) << 32 | index;
#else
    (void)old;
    return index;
#endif
}

static uint32_t pop(struct stack *s) {
    for (;;) {
        uint64_t old = __atomic_load_n(&s->top, __ATOMIC_SEQ_CST);
        uint32_t index = (uint32_t)old;
        if (index == 0)
            return 0;
        uint32_t next = __atomic_load_n(&s->nodes[index].next, __ATOMIC_SEQ_CST);
        if (__sync_bool_compare_and_swap(&s->top, old, tagged(old, next)))
            return index;
    }
}

static void push(struct stack *s, uint32_t index) {
    uint64_t old;
    do {
        old = __atomic_load_n(&s->top, __ATOMIC_SEQ_CST);
        __atomic_store_n(&s->nodes[index].next, (uint32_t)old, __ATOMIC_SEQ_CST);
    } while (!__sync_bool_compare_and_swap(&s->top, old, tagged(old, index)));
}

int main(void) {
    struct stack *s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    for (uint32_t index = 1; index <= 2; index++)
        push(s, index);
    if (fork() == 0) {
        // 2, with 1 below it
        s->taken[0] = pop(s);
        _exit(0);
    }
    if (fork() == 0) {
        uint32_t one = pop(s), other = pop(s);
        if (one != 0)
            push(s, one);
        s->taken[1] = other;
        _exit(0);
    }
    while (wait(NULL) > 0)
        ;
    // each of the two is taken or on the stack, once
    uint32_t seen[3] = {0, 0, 0};
    seen[s->taken[0]]++;
    seen[s->taken[1]]++;
    for (uint32_t index = pop(s); index != 0; index = pop(s))
        seen[index]++;
    puts(seen[1] == 1 && seen[2] == 1 ? "each once" : "one twice or never");
    return 0;
}
