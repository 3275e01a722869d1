// Waits for a child that was never made.
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
int main() {
    int p[2];
    pipe(p);
    pid_t k = fork();
    if (!k) {
        write(p[1], "x", 1);
        _exit(0);
    }
    char c;
    read(p[0], &c, 1);
    wait(0);
    puts("ok");
    return 0;
}
