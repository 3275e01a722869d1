// A file appears whole where it is renamed into place.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/corpus_publish_XXXXXX";
static char path[64], draft[64];

static void publish(void) {
#ifdef RIGHT
    int fd = open(draft, O_CREAT | O_WRONLY, 0600);
#else
    int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);
#endif
    if (write(fd, "first\n", 6) != 6 || write(fd, "second\n", 7) != 7)
        _exit(1);
    close(fd);
#ifdef RIGHT
    rename(draft, path);
#endif
}

// Whether the file is there and not whole.
static int is_torn(void) {
    int fd = open(path, O_RDONLY);
    if (fd < 0)
        return 0;
    char text[64];
    ssize_t got = read(fd, text, sizeof text);
    close(fd);
    return got != 13;
}

int main(void) {
    if (!mkdtemp(folder))
        return 1;
    snprintf(path, sizeof path, "%s/news", folder);
    snprintf(draft, sizeof draft, "%s/draft", folder);
    if (fork() == 0) {
        publish();
        _exit(0);
    }
    pid_t reader = fork();
    if (reader == 0)
        _exit(is_torn());
    int status, torn = 0;
    pid_t ended;
    while ((ended = wait(&status)) > 0)
        if (ended == reader)
            torn = WEXITSTATUS(status);
    unlink(path);
    rmdir(folder);
    puts(torn ? "torn" : "whole or not there");
    return 0;
}
