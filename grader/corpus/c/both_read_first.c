// Two pipes: somebody has to write first.
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static int ask(int to, int from) {
    char answer = 0;
#ifdef RIGHT
    if (write(to, "q", 1) != 1 || read(from, &answer, 1) != 1)
        return 0;
#else
    if (read(from, &answer, 1) != 1 || write(to, "q", 1) != 1)
        return 0;
#endif
    return answer;
}

int main(void) {
    int there[2], back[2];
    if (pipe(there) || pipe(back))
        return 1;
    if (fork() == 0) {
        char question;
        if (read(there[0], &question, 1) != 1)
            _exit(1);
        char answer = question - 'a' + 'A';
        _exit(write(back[1], &answer, 1) != 1);
    }
    printf("%c\n", ask(there[1], back[0]));
    wait(NULL);
    return 0;
}
