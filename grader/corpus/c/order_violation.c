// What a child makes is there when the child says so, not when the parent needs it.
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    double *result = mmap(NULL, sizeof *result, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int done[2];
    if (pipe(done) != 0)
        return 1;
    pid_t child = fork();
    if (child == 0) {
        *result = 2.5 * 4;
        if (write(done[1], "x", 1) != 1)
            _exit(1);
        _exit(0);
    }
#ifdef RIGHT
    char byte;
    if (read(done[0], &byte, 1) != 1)
        return 1;
#else
    // 'long enough'
    usleep(50 * 1000);
#endif
    double seen = *result;
    waitpid(child, NULL, 0);
    printf("%.1f\n", seen);
    return 0;
}
