"""The whole text of each message about what papers write in several ways, or symlstm does not read.

A construct with several readings is an error that shows them and how to settle it, never a guess.
"""

import re

import pytest

from symlstm.messages import NotationError
from symlstm.notation.parsing import parse

# title: (the equations, the message).
# fmt: off
MISTAKES = {
    "no notation": (
        r"""% notation: foo bar
h_t = x_t + h_{t-1}""",
        r"""
error[S240]: foo bar declares no notation
  --> cell.tex:1:13
    1 | % notation: foo bar
      |             ^^^^^^^
  a sign is \odot, \cdot or concatenation, as in % notation: * = \odot
  a letter is a function, as in % notation: \phi = \tanh
  a name is another name, as in % notation: z = z_t
  the time is a letter, as in % notation: time = n
  the step is its time, or one step ahead, as in % notation: step = t+1
""",
    ),
    "a time without braces in plain text": (
        r"""h_t = x_t + h_t-1""",
        r"""
error[S241]: h_t-1 has two readings
  --> cell.tex:1:13
    1 | h_t = x_t + h_t-1
      |             ^^^^^
  it may be the value at another time
  it may be a difference from the value at this time
  help: write _{t-1} for the time; put a space before a minus
""",
    ),
    "an accent over a product": (
        r"""h_t = \tilde{W x_t} + h_{t-1}""",
        r"""
error[S242]: \tilde stands over more than a name
  --> cell.tex:1:7
    1 | h_t = \tilde{W x_t} + h_{t-1}
      |       ^^^^^^^^^^^^^
  help: give what stands below it a name of its own
""",
    ),
    "a font over a product": (
        r"""h_t = {\bf W x}_t + h_{t-1}""",
        r"""
error[S242]: a font stands over more than a name
  --> cell.tex:1:7
    1 | h_t = {\bf W x}_t + h_{t-1}
      |       ^^^^^^^^^
  help: write \mathbf{h} for each name
""",
    ),
    "two times": (
        r"""h_{t,t-1} = x_t""",
        r"""
error[S243]: a name with two times
  --> cell.tex:1:2
    1 | h_{t,t-1} = x_t
      |  ^^^^^^^^
  help: a label is a letter other than that of the time
""",
    ),
    "division by zero": (
        r"""h_t = \frac{x_t}{1 - 1} + h_{t-1}""",
        r"""
error[S245]: a division by zero
  --> cell.tex:1:7
    1 | h_t = \frac{x_t}{1 - 1} + h_{t-1}
      |       ^^^^^^^^^^^^^^^^^
""",
    ),
    "a large exponent": (
        r"""h_t = x_t^{1000} + x_t + h_{t-1}""",
        r"""
error[S246]: an exponent is a whole number or a half, up to 64
  --> cell.tex:1:7
    1 | h_t = x_t^{1000} + x_t + h_{t-1}
      |       ^^^^^^^^^^
  help: any other power of a is \exp(u \odot \log(a))
""",
    ),
    "a third root": (
        r"""h_t = (x_t + h_{t-1})^{1/3}""",
        r"""
error[S246]: an exponent is a whole number or a half, up to 64
  --> cell.tex:1:7
    1 | h_t = (x_t + h_{t-1})^{1/3}
      |       ^^^^^^^^^^^^^^^^^^^^^
  help: any other power of a is \exp(u \odot \log(a))
""",
    ),
    "a product on the left": (
        r"""W x_t = h_t""",
        r"""
error[S247]: the left side of an equation is a name
  --> cell.tex:1:1
    1 | W x_t = h_t
      | ^^^^^
  help: an equation reads like c_t = f_t \odot c_{t-1} + i_t \odot g_t
""",
    ),
    "a transpose on the left": (
        r"""h_t^\top = x_t""",
        r"""
error[S247]: the left side of an equation is a name
  --> cell.tex:1:1
    1 | h_t^\top = x_t
      | ^^^^^^^^
  help: define or declare the name itself, not its transpose
""",
    ),
    "a declared sum": (
        r"""x_t + h_t \in \mathbb{R}^{H}""",
        r"""
error[S247]: only names are declared
  --> cell.tex:1:1
    1 | x_t + h_t \in \mathbb{R}^{H}
      | ^^^^^^^^^
  help: an equation reads like c_t = f_t \odot c_{t-1} + i_t \odot g_t
""",
    ),
    "a function defined twice": (
        r"""g(x) = 2 x \\
g(y) = 3 y \\ h_t = g(x_t)""",
        r"""
error[S248]: the function g is defined twice
  --> cell.tex:2:1
    2 | g(y) = 3 y \\ h_t = g(x_t)
      | ^^^^^^^^^^
  ::: cell.tex:1:1
    1 | g(x) = 2 x \\
      | ^^^^^^^^^^
  help: rename one of them
""",
    ),
    "an argument with time": (
        r"""g(x_t) = 2 x_t \\ h_t = g(x_t)""",
        r"""
error[S249]: an argument of a function that is defined here is a letter of its own
  --> cell.tex:1:3
    1 | g(x_t) = 2 x_t \\ h_t = g(x_t)
      |   ^^^
  help: as in g(x) = 4 \sigma(x) - 2; it carries no time
""",
    ),
    "a sum of nothing": (
        r"""h_t = x_t \odot \sum_{i=1}^{H}""",
        r"""
error[S250]: a sum of nothing
  --> cell.tex:1:17
    1 | h_t = x_t \odot \sum_{i=1}^{H}
      |                 ^^^^^^^^^^^^^^
""",
    ),
    "a label or a power": (
        r"""a_t^2 = x_t \\ a_t = W x_t \\ h_t = a_t^2 + h_{t-1}""",
        r"""
error[S251]: the superscript ^2 has two readings
  --> cell.tex:1:40
    1 | a_t^2 = x_t \\ a_t = W x_t \\ h_t = a_t^2 + h_{t-1}
      |                                        ^^
  the file has the name a_2
  it also has a, whose power this may be
  help: write the label in brackets, ^{(2)}, or the power behind brackets
""",
    ),
    "an index or a label": (
        r"""b_i = 1 \\ h_t = \sum_{i=1}^{H} b_i x_{i,t}""",
        r"""
error[S251]: b_i has two readings
  --> cell.tex:1:33
    1 | b_i = 1 \\ h_t = \sum_{i=1}^{H} b_i x_{i,t}
      |                                 ^^^
  the file has a name b_i
  it may be the entry i of the sum
  help: rename the index of the sum
""",
    ),
    "sigma alone": (
        r"""h_t = \frac{x_t}{\sigma} + h_{t-1}""",
        r"""
error[S252]: σ without an argument has more than one reading
  --> cell.tex:1:18
    1 | h_t = \frac{x_t}{\sigma} + h_{t-1}
      |                  ^^^^^^
  it may be the function, or a quantity such as a standard deviation
  help: write its argument in brackets; a quantity is declared, \sigma \in \mathbb{R}
""",
    ),
    "a size that may be a parameter": (
        r"""x_t \in \mathbb{R}^{H} \\
h_t = H x_t + h_{t-1}""",
        r"""
error[S253]: H has two readings
  --> cell.tex:2:7
    2 | h_t = H x_t + h_{t-1}
      |       ^
  it is a size, which may be meant as a number
  it may be a parameter
  help: write (H) for the number, or declare the parameter: H \in \mathbb{R}^{…}
""",
    ),
    "a size above a sum only": (
        r"""h_t = \frac{1}{N} \sum_{i=1}^{N} x_{i,t} + N x_t + h_{t-1}""",
        r"""
error[S253]: N is a size, and stands here as a number
  --> cell.tex:1:44
    1 | h_t = \frac{1}{N} \sum_{i=1}^{N} x_{i,t} + N x_t + h_{t-1}
      |                                            ^
  it stands above a sum, and no declaration has it
  help: declare what has N entries, give the number, or declare N \in \mathbb{R} for a parameter
""",
    ),
    "e alone": (
        r"""h_t = e x_t + h_{t-1}""",
        r"""
error[S254]: e has more than one reading
  --> cell.tex:1:7
    1 | h_t = e x_t + h_{t-1}
      |       ^
  it may be Euler's number, or a quantity
  help: write \exp(…), or declare it: e \in \mathbb{R}
""",
    ),
    "one of several indices": (
        r"""h_t = x_t + \sum_{j=1}^{H} W_{ij}""",
        r"""
error[S255]: the sum over j runs over one of several indices
  --> cell.tex:1:28
    1 | h_t = x_t + \sum_{j=1}^{H} W_{ij}
      |                            ^^^^^^
  help: write a sum over the entries of a matrix as a product with a vector
""",
    ),
    "an entry of a product": (
        r"""h_{i,t} = \sum_{j=1}^{H} W_{ij} x_{j,t} + b_i""",
        r"""
error[S306]: the indices i and j make this an equation for one entry
  --> cell.tex:1:26
    1 | h_{i,t} = \sum_{j=1}^{H} W_{ij} x_{j,t} + b_i
      |                          ^^^^^^
  the equations of a file are about whole vectors and matrices
  help: write the whole vector, without the indices i and j: h_{t} = W x_{t} + b
""",
    ),
    "an entry of a group": (
        r"""h_t^j = \sigma(W x_t + U h_{t-1})^j""",
        r"""
error[S306]: the index j makes this an equation for one entry
  --> cell.tex:1:34
    1 | h_t^j = \sigma(W x_t + U h_{t-1})^j
      |                                  ^^
  the equations of a file are about whole vectors and matrices
  help: write the whole vector, without the index j: h_t = \sigma(W x_t + U h_{t-1})
""",
    ),
    "a sum over time": (
        r"""h_t = \sum_{k=1}^{t-1} a_{k} \odot x_t""",
        r"""
error[S313]: a sum over the steps is not read
  --> cell.tex:1:7
    1 | h_t = \sum_{k=1}^{t-1} a_{k} \odot x_t
      |       ^^^^^^^^^^^^^^^^
  a step does not see the steps before it, but the states they left
  help: carry it in a state, as in s_t = s_{t-1} + v_t
""",
    ),
    "an equation for every index": (
        r"""h^i_t = W^i h^{i-1}_t \quad \text{for } i = 1, \dots, L""",
        r"""
error[S311]: an equation for every i is not read
  --> cell.tex:1:48
    1 | h^i_t = W^i h^{i-1}_t \quad \text{for } i = 1, \dots, L
      |                                                ^^^^^
  an equation holds at every time, for a whole vector
  help: write one equation for each, as in h^{1}_t and h^{2}_t; entries need no index
""",
    ),
    "a value of an index": (
        r"""h_t = W x_t \mathbb{I}_{\{\ell=1\}} + U h_{t-1}""",
        r"""
error[S311]: an equation for every \ell is not read
  --> cell.tex:1:23
    1 | h_t = W x_t \mathbb{I}_{\{\ell=1\}} + U h_{t-1}
      |                       ^^^^^^^^^^^^^
  an equation holds at every time, for a whole vector
  help: write one equation for each, as in h^{1}_t and h^{2}_t; entries need no index
""",
    ),
    "letters before a bracket": (
        r"""h_t = \tanh(BN(W x_t) + U h_{t-1})""",
        r"""
error[S270]: BN(…) has two readings
  --> cell.tex:1:13
    1 | h_t = \tanh(BN(W x_t) + U h_{t-1})
      |             ^^
  it may be a value of the function BN
  it may be the product B N with what is in brackets
  help: define BN(x) = …; put spaces between the factors of a product
""",
    ),
    "letters of a known function": (
        r"""h_t = tanh(W x_t + \beta)""",
        r"""
error[S270]: tanh(…) has two readings
  --> cell.tex:1:7
    1 | h_t = tanh(W x_t + \beta)
      |       ^^^^
  it may be a value of the function tanh
  it may be the product t a n h with what is in brackets
  help: write \operatorname{tanh}
""",
    ),
    "a difference": (
        r"""h_t = h_{t-1} + \Delta t \tanh(W x_t)""",
        r"""
error[S309]: \Delta t has two readings
  --> cell.tex:1:17
    1 | h_t = h_{t-1} + \Delta t \tanh(W x_t)
      |                 ^^^^^^^^
  it may be one name, such as the length of a step
  it may be the product of \Delta and t
  help: say that it is a name: % notation: \Delta t = \tau
""",
    ),
    "the time as a quantity": (
        r"""h_t = h_{t-1} + t \tanh(W x_t)""",
        r"""
error[S310]: t is the time, and stands here as a quantity
  --> cell.tex:1:17
    1 | h_t = h_{t-1} + t \tanh(W x_t)
      |                 ^
  a step does not know how many were before it
  help: an input may tell the time, as in \tau_t
""",
    ),
    "several signs on the left": (
        r"""\Delta \tilde{u}_t = W x_t""",
        r"""
error[S247]: \Delta \tilde{u} is several signs, and the left side of an equation is a name
  --> cell.tex:1:1
    1 | \Delta \tilde{u}_t = W x_t
      | ^^^^^^^^^^^^^^^^^^
  help: say that they are one name: % notation: \Delta \tilde{u} = q
""",
    ),
    "minus one above a name": (
        r"""h_t = x_t^{-1} + x_t + h_{t-1}""",
        r"""
error[S256]: ^{-1} has two readings
  --> cell.tex:1:10
    1 | h_t = x_t^{-1} + x_t + h_{t-1}
      |          ^^^^^
  it may be an inverse matrix or function
  it may be one over every entry
  help: write \frac{1}{…} for one over every entry, or say it: % notation: ^{-1} = elementwise
""",
    ),
    "minus one above a function": (
        r"""h_t = \sigma^{-1}(x_t) + h_{t-1}""",
        r"""
error[S256]: \sigma^{-1} has two readings
  --> cell.tex:1:13
    1 | h_t = \sigma^{-1}(x_t) + h_{t-1}
      |             ^^^^^
  it may be the inverse function
  it may be one over the value
  help: write \frac{1}{…} for one over the value
""",
    ),
    "no slice": (
        r"""h_t = [x_t]_{a} + h_{t-1}""",
        r"""
error[S257]: a below a group is no slice
  --> cell.tex:1:12
    1 | h_t = [x_t]_{a} + h_{t-1}
      |            ^^^^
  help: rows are written from the first to the last, as in [a]_{1:H}
""",
    ),
    "another norm": (
        r"""h_t = \|x_t\|_\infty h_{t-1}""",
        r"""
error[S258]: the norm \infty is not read
  --> cell.tex:1:14
    1 | h_t = \|x_t\|_\infty h_{t-1}
      |              ^^^^^^^
  \|v\| and \|v\|_2 are the root of the sum of squares
  \|v\|_1 is the sum of absolute values
""",
    ),
    "two separators": (
        r"""h_t = W [x_t; h_{t-1}, b]""",
        r"""
error[S259]: a stack with two separators
  --> cell.tex:1:9
    1 | h_t = W [x_t; h_{t-1}, b]
      |         ^^^^^^^^^^^^^^^^^
  help: write blocks of rows and columns as \begin{bmatrix} A & B \\ C & D \end{bmatrix}
""",
    ),
    "several values in brackets": (
        r"""h_t = W (h_{t-1}, x_t)""",
        r"""
error[S260]: several values in brackets have more than one reading
  --> cell.tex:1:9
    1 | h_t = W (h_{t-1}, x_t)
      |         ^^^^^^^^^^^^^^
  they may be the arguments of a function
  they may be a concatenation
  help: write a concatenation in square brackets, [a, b]
""",
    ),
    "a matrix between bars": (
        r"""h_t = \begin{vmatrix} x_t \\ h_{t-1} \end{vmatrix}""",
        r"""
error[S261]: a matrix between bars has more than one reading
  --> cell.tex:1:7
    1 | h_t = \begin{vmatrix} x_t \\ h_{t-1} \end{vmatrix}
      |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  it may be a determinant
  it may be a norm
  help: write a stack as \begin{bmatrix} … \end{bmatrix}
""",
    ),
    "the end of a sum": (
        r"""h_t = \sum_{i=1}^{H} a_{i,t} \odot b""",
        r"""
error[S262]: where this sum ends has two readings
  --> cell.tex:1:7
    1 | h_t = \sum_{i=1}^{H} a_{i,t} \odot b
      |       ^^^^^^^^^^^^^^
  it may end before the elementwise product, or behind it
  help: put what it sums in brackets
""",
    ),
    "a number behind a factor": (
        r"""h_t = x_t + h_{t-1} \quad (1)""",
        r"""
error[S263]: the number 1 behind a factor has more than one reading
  --> cell.tex:1:27
    1 | h_t = x_t + h_{t-1} \quad (1)
      |                           ^^^
  it may multiply, or be a label or the number of the equation
  help: put a number first; a label is written W_{1}, an equation's number \tag{1}
""",
    ),
    "the end of a quotient": (
        r"""h_t = x_t / a b + h_{t-1}""",
        r"""
error[S264]: where this quotient ends has more than one reading
  --> cell.tex:1:7
    1 | h_t = x_t / a b + h_{t-1}
      |       ^^^^^^^^^
  what stands behind it may be above or below the line
  help: write \frac{…}{…}, or put the denominator in brackets and a \cdot behind it
""",
    ),
    "a sum in a sum": (
        r"""h_t = \sum_{i=1}^{H} \sum_{j=1}^{H} a_{i,t}""",
        r"""
error[S265]: a sum in a sum
  --> cell.tex:1:22
    1 | h_t = \sum_{i=1}^{H} \sum_{j=1}^{H} a_{i,t}
      |                      ^^^^^^^^^^^^^^
  help: write a sum over the entries of a matrix as a product with a vector
""",
    ),
    "a sum without its index": (
        r"""h_t = \sum_{i=1}^{H} a_t""",
        r"""
error[S266]: nothing in this sum carries its index i
  --> cell.tex:1:7
    1 | h_t = \sum_{i=1}^{H} a_t
      |       ^^^^^^^^^^^^^^
  help: write a_{i} for the entries; \operatorname{sum}(a) adds up all of a
""",
    ),
    "a sum without an index": (
        r"""h_t = \sum a_t""",
        r"""
error[S266]: this sum has no index
  --> cell.tex:1:7
    1 | h_t = \sum a_t
      |       ^^^^
  help: write \sum_{i=1}^{H} a_{i}; \operatorname{sum}(a) is the sum of all entries
""",
    ),
    "a function without an argument": (
        r"""h_t = \tanh + h_{t-1}""",
        r"""
error[S267]: the function tanh has no argument
  --> cell.tex:1:7
    1 | h_t = \tanh + h_{t-1}
      |       ^^^^^
  help: write its argument in brackets behind it, as in tanh(x_t)
""",
    ),
    "a base below a logarithm": (
        r"""h_t = \log_2(x_t) + h_{t-1}""",
        r"""
error[S268]: what stands below or above log is not read
  --> cell.tex:1:11
    1 | h_t = \log_2(x_t) + h_{t-1}
      |           ^^
  help: write the power behind the argument
""",
    ),
    "a labelled sigma": (
        r"""h_t = \sigma_g(W x_t + U h_{t-1})""",
        r"""
error[S269]: \sigma_g has more than one reading
  --> cell.tex:1:7
    1 | h_t = \sigma_g(W x_t + U h_{t-1})
      |       ^^^^^^^^
  it may be sigmoid
  papers also call another function by it
  help: say which: % notation: \sigma_g = \tanh
""",
    ),
    "a function or a factor": (
        r"""h_t = g(W x_t + U h_{t-1})""",
        r"""
error[S270]: g(…) has two readings
  --> cell.tex:1:7
    1 | h_t = g(W x_t + U h_{t-1})
      |       ^
  it may be a value of the function g
  it may be the product of g with what is in brackets
  help: define g(x) = …, or write % notation: g = \tanh, or declare g \in \mathbb{R}^H
""",
    ),
    "a cube root": (
        r"""h_t = \sqrt[3]{x_t} + h_{t-1}""",
        r"""
error[S271]: a root other than the square root is not read
  --> cell.tex:1:12
    1 | h_t = \sqrt[3]{x_t} + h_{t-1}
      |            ^^^
  help: only \sqrt{…} is read
""",
    ),
    "an argument without brackets": (
        r"""h_t = \sigma W x_t + h_{t-1}""",
        r"""
error[S272]: the argument of \sigma has two readings
  --> cell.tex:1:7
    1 | h_t = \sigma W x_t + h_{t-1}
      |       ^^^^^^^^^^^^
  it may be \sigma(W) x_t
  it may be \sigma(W x_t)
  help: put the argument in brackets
""",
    ),
    "a function that is its own": (
        r"""g(x) = g(x) \\
h_t = g(x_t)""",
        r"""
error[S273]: the function g is defined by itself
  --> cell.tex:1:8
    1 | g(x) = g(x) \\
      |        ^^^^
  ::: cell.tex:1:1
    1 | g(x) = g(x) \\
      | ^^^^^^^^^^^
  help: a step computes no recursion
""",
    ),
    "a constant that is its own": (
        r"""a = 2 b \\
b = a \\ h_t = a x_t + h_{t-1}""",
        r"""
error[S273]: a is defined by itself
  --> cell.tex:1:1
    1 | a = 2 b \\
      | ^^^^^^^
  help: what is computed from the step before carries a time, as in h_{t-1}
""",
    ),
    "one case": (
        r"""h_t = \begin{cases} x_t & x_t > 0 \end{cases}""",
        r"""
error[S274]: cases with one row say nothing about the rest
  --> cell.tex:1:7
    1 | h_t = \begin{cases} x_t & x_t > 0 \end{cases}
      |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: add a row b & \text{otherwise}
""",
    ),
    "an open case": (
        r"""h_t = \begin{cases} x_t & x_t > 0 \\ h_{t-1} & x_t < 0 \end{cases}""",
        r"""
error[S274]: these cases may leave a value open, or give it twice
  --> cell.tex:1:48
    1 | h_t = \begin{cases} x_t & x_t > 0 \\ h_{t-1} & x_t < 0 \end{cases}
      |                                                ^^^^^^^
  help: write \text{otherwise} in the last row
""",
    ),
    "a case behind otherwise": (
        r"""h_t = \begin{cases} x_t & \text{otherwise} \\ h_{t-1} & x_t < 0 \end{cases}""",
        r"""
error[S274]: these cases may leave a value open, or give it twice
  --> cell.tex:1:57
    1 | h_t = \begin{cases} x_t & \text{otherwise} \\ h_{t-1} & x_t < 0 \end{cases}
      |                                                         ^^^^^^^
  help: write \text{otherwise} in the last row
""",
    ),
    "one value for a maximum": (
        r"""h_t = \max(x_t) + h_{t-1}""",
        r"""
error[S275]: max takes 2 arguments, and has 1 here
  --> cell.tex:1:7
    1 | h_t = \max(x_t) + h_{t-1}
      |       ^^^^^^^^^
  help: as in max(a, b)
""",
    ),
    "two values for a function": (
        r"""h_t = \tanh(x_t, h_{t-1})""",
        r"""
error[S275]: tanh takes 1 argument, and has 2 here
  --> cell.tex:1:7
    1 | h_t = \tanh(x_t, h_{t-1})
      |       ^^^^^^^^^^^^^^^^^^^
  help: a concatenation is written in square brackets, tanh([a, b])
""",
    ),
    "a decimal comma in a bracket": (
        r"""h_t = \tanh(0,5 W x_t)""",
        r"""
error[S275]: tanh takes 1 argument, and has 2 here
  --> cell.tex:1:7
    1 | h_t = \tanh(0,5 W x_t)
      |       ^^^^^^^^^^^^^^^^
  help: a decimal number is written with a point, 0.5
""",
    ),
    "two values for a function, with two indices": (
        r"""h_t = \tanh(W_{1,2} x_t, h_{t-1})""",
        r"""
error[S275]: tanh takes 1 argument, and has 2 here
  --> cell.tex:1:7
    1 | h_t = \tanh(W_{1,2} x_t, h_{t-1})
      |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: a concatenation is written in square brackets, tanh([a, b])
""",
    ),
    "a chain of equalities": (
        r"""h_t = a_t = x_t + h_{t-1}""",
        r"""
error[S276]: two equality signs in one equation
  --> cell.tex:1:13
    1 | h_t = a_t = x_t + h_{t-1}
      |             ^^^^^^^^^^^^^
  which of the sides defines the name is not told
  help: write one equation for each, and \\ between two equations
""",
    ),
    "a column of functions before a sum": (
        r"""\begin{pmatrix} i_t \\ g_t \end{pmatrix} =
\begin{pmatrix} \sigma \\ \tanh \end{pmatrix} W x_t + b""",
        r"""
error[S277]: what these functions are applied to has more than one reading
  --> cell.tex:2:1
    2 | \begin{pmatrix} \sigma \\ \tanh \end{pmatrix} W x_t + b
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  it may end before the sum, or behind it
  help: put their argument in brackets
""",
    ),
    "too few functions": (
        r"""\begin{pmatrix} i_t \\ f_t \\ g_t \end{pmatrix} =
\begin{pmatrix} \sigma \\ \tanh \end{pmatrix} W x_t""",
        r"""
error[S278]: 2 functions for 3 names
  --> cell.tex:2:1
    2 | \begin{pmatrix} \sigma \\ \tanh \end{pmatrix} W x_t
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: write one function for each name on the left
""",
    ),
    "an initial state": (
        r"""h_0 = 0 \\ h_t = x_t + h_{t-1}""",
        r"""
error[S279]: h_0 is defined and never read
  --> cell.tex:1:1
    1 | h_0 = 0 \\ h_t = x_t + h_{t-1}
      | ^^^
  help: an initial state is an argument of the code; delete the line
""",
    ),
    "a constant that is not read": (
        r"""c = 8 \\ h_t = x_t + h_{t-1}""",
        r"""
error[S279]: c is defined and never read
  --> cell.tex:1:1
    1 | c = 8 \\ h_t = x_t + h_{t-1}
      | ^
  help: delete the line
""",
    ),
    "an asterisk": (
        r"""h_t = f_t * h_{t-1}""",
        r"""
error[S280]: * has more than one reading
  --> cell.tex:1:11
    1 | h_t = f_t * h_{t-1}
      |           ^
  it may be the elementwise product
  it may be a matrix product
  it may be a convolution
  help: write \odot for the elementwise product, or say it: % notation: * = \odot
""",
    ),
    "a plus in a circle": (
        r"""h_t = W (x_t \oplus h_{t-1})""",
        r"""
error[S280]: \oplus has more than one reading
  --> cell.tex:1:14
    1 | h_t = W (x_t \oplus h_{t-1})
      |              ^^^^^^
  it may be a sum
  it may be a concatenation
  help: write [a, b] for a concatenation, or say it: % notation: \oplus = concatenation
""",
    ),
    "a double bar": (
        r"""h_t = W [x_t \| h_{t-1}]""",
        r"""
error[S280]: \| has more than one reading
  --> cell.tex:1:14
    1 | h_t = W [x_t \| h_{t-1}]
      |              ^^
  it may begin a norm, which is never closed
  it may be a concatenation
  help: write [a, b] for a concatenation, or say it: % notation: \| = concatenation
""",
    ),
    "an outer product": (
        r"""h_t = x_t \otimes h_{t-1}""",
        r"""
error[S280]: \otimes has more than one reading
  --> cell.tex:1:11
    1 | h_t = x_t \otimes h_{t-1}
      |           ^^^^^^^
  it may be the elementwise product
  it may be the outer product
  it may be the Kronecker product
  help: write \odot for the elementwise product, or say it: % notation: \otimes = \odot
""",
    ),
    "a convolution": (
        r"""h_t = W_{xi} * \mathcal{X}_t""",
        r"""
error[S281]: a convolution is not read
  --> cell.tex:1:14
    1 | h_t = W_{xi} * \mathcal{X}_t
      |              ^
  what * stands behind is written like a matrix or a tensor
  help: write a matrix product without a sign, or say it: % notation: * = \cdot
""",
    ),
    "two letters in plain text": (
        r"""h_t = tanh(Wx_t + b)""",
        r"""
error[S282]: Wx has two readings
  --> cell.tex:1:12
    1 | h_t = tanh(Wx_t + b)
      |            ^^^^
  it may be one name
  it may be the product W x
  help: put spaces between the factors, or declare the name: Wx_t ∈ ℝ^H
""",
    ),
    "an unknown word": (
        r"""h_t = \operatorname{softmax}(x_t) + h_{t-1}""",
        r"""
error[S283]: no function is called softmax
  --> cell.tex:1:7
    1 | h_t = \operatorname{softmax}(x_t) + h_{t-1}
      |       ^^^^^^^^^^^^^^^^^^^^^^
  a file may define one, as in \operatorname{f}(x) = 2 \tanh(x)
  help: known are sigmoid, tanh, exp, log, softplus, silu, relu, abs, sign, step, sqrt, max, min
""",
    ),
    "another number before a sum": (
        r"""h_t = \frac{1}{D} \sum_{i=1}^{H} a_{i,t}""",
        r"""
error[S286]: 1/D before a sum to H has two readings
  --> cell.tex:1:16
    1 | h_t = \frac{1}{D} \sum_{i=1}^{H} a_{i,t}
      |                ^
  it may be a mean, whose numbers should agree
  D may be a quantity
  help: write \frac{1}{H} \sum_{i=1}^{H}, or declare D \in \mathbb{R}
""",
    ),
    "an interval": (
        r"""x_t \in [0, 1]^D""",
        r"""
error[S284]: only spaces of real vectors and matrices are read
  --> cell.tex:1:9
    1 | x_t \in [0, 1]^D
      |         ^
  help: write x_t \in \mathbb{R}^{D}
""",
    ),
}
# fmt: on


def message_of(text: str) -> NotationError:
    with pytest.raises(NotationError, match=r"^error\[S(2|30|31)") as caught:
        parse(text, "cell.tex")
    return caught.value


@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_whole_message(mistake):
    text, expected = MISTAKES[mistake]
    assert str(message_of(text)) == expected.strip("\n")


@pytest.mark.parametrize("mistake", MISTAKES)
def test_each_place_in_a_message_is_a_place_in_the_file(mistake):
    """The line is quoted as it stands, and the underline covers it from the column on."""
    text, _ = MISTAKES[mistake]
    lines = text.split("\n")
    for span in message_of(text).message.spans:
        assert span.text == lines[span.line - 1]
        assert 1 <= span.column <= len(span.text)
        assert span.column + span.length <= len(span.text) + 1


def test_every_code_of_this_part_of_the_notation_is_tested():
    """S244 and S285, about what is too long, stand in tests of their own."""
    codes = set(re.findall(r"error\[(S\d{3})\]", "".join(m for _, m in MISTAKES.values())))
    assert codes == {f"S{n}" for n in [*range(240, 285), 286, 306, 309, 310, 311, 313] if n != 244}


def test_functions_that_double_are_no_way_to_a_tree_of_any_size():
    """g₀(x) = g₁(x) + g₁(x), g₁(x) = g₂(x) + g₂(x), …: 2²⁰ names from 20 lines."""
    lines = [f"g_{{{n}}}(x) = g_{{{n + 1}}}(x) + g_{{{n + 1}}}(x)" for n in range(20)]
    text = " \\\\\n".join([*lines, "g_{20}(x) = x", "h_t = g_{0}(x_t)"])
    assert str(message_of(text)) == (
        "error[S244]: an expression of more than 1000 names and operations\n"
        "  --> cell.tex:12:13\n"
        "   12 | g_{11}(x) = g_{12}(x) + g_{12}(x) \\\\\n"
        "      |             ^^^^^^^^^^^^^^^^^^^^^\n"
        "  functions that the file defines are counted with what they stand for\n"
        "  help: give parts of it names of their own"
    )


def test_a_file_of_too_many_signs_gets_a_message():
    error = message_of("h_t = \n" + "x_t +\n" * 5001)
    assert str(error) == (
        "error[S285]: an equations file has at most 8000 names and signs\n"
        "  --> cell.tex:2001:1\n"
        " 2001 | x_t +\n"
        "      | ^\n"
        "  help: a cell is a handful of equations; keep other text out of the file"
    )
