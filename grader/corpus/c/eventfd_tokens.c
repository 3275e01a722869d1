// An eventfd gives all it holds to the first who reads, or one token at a time.
#include <stdint.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
#ifdef RIGHT
    int tokens = eventfd(0, EFD_SEMAPHORE);
#else
    int tokens = eventfd(0, 0);
#endif
    for (int i = 0; i < 2; i++)
        if (fork() == 0) {
            uint64_t token;
            _exit(read(tokens, &token, sizeof token) != sizeof token);
        }
    uint64_t two = 2;
    if (write(tokens, &two, sizeof two) != sizeof two)
        return 1;
    int got = 0, status;
    while (wait(&status) > 0)
        got += status == 0;
    printf("%d got a token\n", got);
    return 0;
}
