// A number in a file that is empty at first: whoever finds the end has seen that nothing is there.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const NAME = "/tmp/empty";

static int look(void) {
    char text[16];
    int filled = 0, more, file = open(NAME, O_RDONLY);
    while ((more = read(file, text + filled, sizeof text - 1 - filled)) > 0) {
        filled += more;
    }
    text[filled] = 0;
    close(file);
    return atoi(text);
}

static void put(int number) {
    char text[16];
    int file = open(NAME, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    write(file, text, sprintf(text, "%d", number));
    close(file);
}

int main(void) {
    close(open(NAME, O_WRONLY | O_CREAT, 0600));
    for (int child = 0; child < 2; child++) {
        if (fork() == 0) {
            put(look() + 1);
            _exit(0);
        }
    }
    while (wait(NULL) > 0) {
    }
    printf("%d\n", look());
    unlink(NAME);
    return 0;
}
