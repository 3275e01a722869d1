"""Each element is read and written under the Array's lock, the transfer is not."""
from multiprocessing import Array, Process


def move(accounts, here, there, amount):
    accounts[here] -= amount
    accounts[there] += amount


if __name__ == "__main__":
    accounts = Array("i", [10, 10])
    movers = [
        Process(target=move, args=(accounts, 0, 1, 5)),
        Process(target=move, args=(accounts, 1, 0, 3)),
    ]
    for mover in movers:
        mover.start()
    for mover in movers:
        mover.join()
    print(accounts[:])
