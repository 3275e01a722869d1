"""The whole transfer is made under the Array's lock."""
from multiprocessing import Array, Process


def move(accounts, here, there, amount):
    with accounts.get_lock():
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
