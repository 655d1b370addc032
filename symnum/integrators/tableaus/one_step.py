"""What the numbers of all one-step methods tell alike."""

__all__ = ["OneStep"]


class OneStep:
    """Base of the numbers of methods that go from one value to the next with an error estimate.

    Attributes
    ----------
    order, embedded_order : int
        Orders of the step and of the embedded method.
    """

    order: int
    embedded_order: int

    @property
    def orders(self) -> tuple[int, ...]:
        """The order, as a tuple."""
        return (self.order,)

    @property
    def control_order(self) -> int:
        """Power of the step size that the error estimate follows."""
        return min(self.order, self.embedded_order) + 1

    @property
    def tolerance_exponent(self) -> float:
        """Power of the tolerance that the global error follows."""
        return self.order / self.control_order
