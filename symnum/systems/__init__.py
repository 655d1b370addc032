"""Problems as pure symbols and arrays: differential equations, reaction fluxes, conservation laws."""
