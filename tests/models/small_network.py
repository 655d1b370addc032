"""A small BioNetGen network, written for the tests, that uses all of the format."""

SMALL = """\
# Written for the tests
setOption("SpeciesLabel","HNauty")
begin parameters
    1 Na          6.022e23  # Constant
    2 V           1e-12  # Constant
    3 kp          1.5/(V*1e12)  # ConstantExpression
    4 km          0.1*kp  # ConstantExpression
    5 A0          100  # Constant
    6 n           2  # Constant
    7 kc          kcat  # ConstantExpression
    8 kcat        ln(2)/0.5  # Constant
    9 _rateLaw1   2*km  # ConstantExpression
end parameters
begin functions
    1 half() kc/(K()+Bound)
    2 K() n^2+1
    3 slow() if(time()<10,0.5*half(),half())
end functions
begin molecule types
    1 A(b,s~U~P)
end molecule types
begin species
    1 A(b,s~U) A0
    2 B(a) 2*A0+1
    3 $F() 1
    4 A(b!1,s~U).B(a!1) 0
    5 A(b,s~P) 0.000000000000e+00
end species
begin reactions
    1 1,2 4 kp #_R1
    2 4 1,2 _rateLaw1 #_reverse__R1
    3 4 2,5 half #_R2
    4 5,5 1,1 0.5*kp #_R3
    5 0 2 3*km #_R4
    6 2,3 3 km #_R5
    7 5 1 2*slow() #_R6 unit_conversion=1/1.0
end reactions
begin groups
    1 Bound                4
    2 Total_A              1,4,5
    3 Weighted             2*1,0.5*4,5
    4 Nothing
end groups
"""
